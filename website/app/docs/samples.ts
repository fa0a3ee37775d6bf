// The request of an operation as a program in JavaScript (with the client), Python (urllib) and Go (net/http). Generated
// from the same data as its curl command; the access token is in the environment variable ACCESS_TOKEN.

export interface Call {
  id: string;
  method: string;
  /** With the examples of the contract filled in and percent-encoded. */
  path: string;
  /** The parameters of the path, before percent-encoding. */
  values: string[];
  /** The example of the body. */
  body: unknown;
  /** Whether it requires no session. */
  open: boolean;
}

export interface Sample {
  name: string;
  /** The language of the code block. */
  language: string;
  text: string;
}

const SERVER = 'http://localhost:8080';

export const samplesOf = (call: Call): Sample[] => [
  { name: 'JavaScript', language: 'js', text: javaScript(call) },
  { name: 'Python', language: 'python', text: python(call) },
  { name: 'Go', language: 'go', text: go(call) },
];

function javaScript({ id, values, body, open }: Call): string {
  const args = [...values, ...(body === undefined ? [] : [body])].map((one) => JSON.stringify(one));
  const token = open ? '' : ', accessToken: process.env.ACCESS_TOKEN';
  return `import { createClient } from '@parlance/client';

const client = createClient({ baseUrl: '${SERVER}'${token} });
console.log(await client.${id}(${args.join(', ')}));`;
}

function python({ method, path, body, open }: Call): string {
  const headers = [
    ...(open ? [] : [`"Authorization": f"Bearer {os.environ['ACCESS_TOKEN']}"`]),
    ...(body === undefined ? [] : ['"Content-Type": "application/json"']),
  ];
  const lines = [
    `    "${SERVER}${path}",`,
    `    method="${method}",`,
    `    headers={${headers.join(', ')}},`,
    ...(body === undefined ? [] : [`    data='${quoted(body)}'.encode(),`]),
  ];
  return `${open ? '' : 'import os\n'}from urllib.request import Request, urlopen

request = Request(
${lines.join('\n')}
)
with urlopen(request) as response:
    print(response.status, response.read().decode())`;
}

function go({ method, path, body, open }: Call): string {
  const imports = ['fmt', 'io', 'log', 'net/http', ...(open ? [] : ['os']), ...(body === undefined ? [] : ['strings'])];
  const sent = body === undefined ? 'nil' : `strings.NewReader(\`${JSON.stringify(body)}\`)`;
  const headers = [
    ...(open ? [] : ['\trequest.Header.Set("Authorization", "Bearer "+os.Getenv("ACCESS_TOKEN"))']),
    ...(body === undefined ? [] : ['\trequest.Header.Set("Content-Type", "application/json")']),
  ];
  return `package main

import (
${imports.map((name) => `\t"${name}"`).join('\n')}
)

func main() {
	request, err := http.NewRequest("${method}", "${SERVER}${path}", ${sent})
	if err != nil {
		log.Fatal(err)
	}
${headers.map((line) => `${line}\n`).join('')}	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.StatusCode, string(body))
}`;
}

/** JSON inside a string literal with single quotes. */
const quoted = (body: unknown): string => JSON.stringify(body).replaceAll('\\', '\\\\').replaceAll("'", "\\'");
