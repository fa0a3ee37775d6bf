// The documents about metrics match the services: the table of OPERATING.md lists the registries, and the dashboard and
// the rules query only series that running services have. `UPDATE=1 npm test tests/docs/metrics.test.ts` writes the table.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { addRuntimeMetrics, createMetrics, LOOP_DELAY_RESOLUTION_MS } from '@parlance/service/metrics.ts';
import { parse as parseYaml } from 'yaml';
import { type House, startHouse } from '../house.ts';
import { call, type Json } from '../people.ts';
import { parse, type Series } from '../scrape.ts';
import { groupedBy, selectorsOf } from './promql.ts';

const file = (name: string) => new URL(`../../${name}`, import.meta.url);
const textOf = (name: string) => readFileSync(file(name), 'utf8');
const dashboard: Json = JSON.parse(textOf('docs/grafana-dashboard.json'));
const rules: Json[] = parseYaml(textOf('docs/prometheus-rules.yaml')).groups.flatMap((group: Json) => group.rules);
const panels: Json[] = dashboard.panels.filter(({ type }: Json) => type !== 'row');

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana
const SOURCE = '${datasource}';

/** What Prometheus adds to every series it scrapes, and its own series about the scrape. */
const OF_PROMETHEUS: Series[] = [{ name: 'up', labels: { job: 'parlance', instance: '' }, value: 1 }];
const ADDED = ['instance', 'job'];

let house: House;
let series: Series[];
before(async () => {
  house = await startHouse();
  const [website, chat] = [house.websites[0]!, house.chats[0]!];
  const [ann] = await house.records.members(1);
  const room = await house.records.room(ann!);
  const token = await house.records.accessToken(ann!);
  await call(website.url, 'GET', `/api/rooms/${encodeURIComponent(room.name)}`, { token });
  const socket = await house.records.join(ann!, room, chat.url);
  socket.say('hello');
  await socket.next('message.created');
  await socket.close();
  const texts = await Promise.all(
    [website, chat].map(async (part) => (await fetch(`${part.internalUrl}/metrics`)).text()),
  );
  series = texts.flatMap(parse);
});
after(() => house.stop());

interface Metric {
  name: string;
  help: string;
  type: string;
  labels: string[];
}

/** The metrics of both services, without those of Node. */
async function ours(): Promise<(Metric & { service: string })[]> {
  const registries = { website: house.websites[0]!.website.metrics, chat: house.chats[0]!.chat.metrics };
  const all = await Promise.all(
    Object.entries(registries).map(async ([service, registry]) => {
      const described = await registry.getMetricsAsJSON();
      return (registry.getMetricsAsArray() as unknown as { name: string; labelNames: string[] }[]).map(
        (metric, index) => ({
          name: metric.name,
          help: described[index]!.help,
          type: String(described[index]!.type),
          labels: metric.labelNames,
          service,
        }),
      );
    }),
  );
  return all.flat().filter(({ name }) => name.startsWith('parlance_'));
}

async function table(): Promise<string> {
  const byName = Map.groupBy(await ours(), ({ name }) => name);
  const lines = Array.from(byName, ([name, [metric, ...others]]) => {
    const { type, labels, help, service } = metric!;
    const services = [service, ...others.map((other) => other.service)].join(', ');
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${services} | ${help} |`;
  });
  return ['| metric | type | labels | of | what it is |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}

test('the table of metrics has the metrics of the services', async () => {
  const operating = textOf('OPERATING.md');
  const fresh = await table();
  const written = operating.replace(
    /(<!-- metrics -->\n)[\s\S]*(<!-- \/metrics -->)/,
    (_, a, b) => `${a}${fresh}\n${b}`,
  );
  if (process.env.UPDATE) writeFileSync(file('OPERATING.md'), written);
  else assert.equal(operating, written);
});

test('names and help follow the conventions of Prometheus', async () => {
  for (const { name, help, type } of await ours()) {
    assert.match(name, /^parlance_[a-z]+(_[a-z]+)*$/);
    assert.equal(name.endsWith('_total'), type === 'counter', `${name}: a counter, and nothing else, ends in _total`);
    assert.ok(help.length >= 10 && !help.endsWith('.') && !help.includes('|'), `${name}: ${help}`);
  }
});

/** Every expression with its place; the variables of Grafana are filled in. */
const expressions = (): [where: string, expression: string][] => {
  const filled = (text: string) => text.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*');
  const variables: Json[] = dashboard.templating.list.filter(({ type }: Json) => type === 'query');
  return [
    ...panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }: Json) => [`panel ${title}`, filled(expr)] as const),
    ),
    ...variables.map(
      ({ name, definition }) => [`variable ${name}`, /^label_values\((.*), \w+\)$/.exec(definition)![1]!] as const,
    ),
    ...rules.map(({ alert, record, expr }) => [`rule ${alert ?? record}`, expr] as const),
  ] as [string, string][];
};

test('the dashboard and the rules query only series, labels and values that exist', () => {
  const recorded: Series[] = rules.flatMap(({ record, expr }) =>
    record ? [{ name: record, labels: Object.fromEntries(groupedBy(expr).map((label) => [label, ''])), value: 0 }] : [],
  );
  const known = Map.groupBy([...series, ...recorded, ...OF_PROMETHEUS], ({ name }) => name);
  let selectors = 0;
  for (const [where, expression] of expressions()) {
    const found = selectorsOf(expression);
    assert.ok(found.length > 0, `${where}: ${expression}`);
    for (const { name, matchers } of found) {
      selectors += 1;
      const those = known.get(name);
      assert.ok(those, `${where}: there is no ${name}`);
      for (const { label, operator, value } of matchers) {
        if (ADDED.includes(label)) continue;
        const values = new Set(those.map(({ labels }) => labels[label]));
        assert.ok(!values.has(undefined), `${where}: ${name} has no label ${label}`);
        const alternatives = operator.endsWith('~') ? value.split('|') : [value];
        for (const one of alternatives) assert.ok(values.has(one), `${where}: no ${name} has ${label}="${one}"`);
      }
    }
    const labels = new Set(found.flatMap(({ name }) => known.get(name)!.flatMap((one) => Object.keys(one.labels))));
    for (const label of groupedBy(expression)) {
      assert.ok(ADDED.includes(label) || labels.has(label), `${where}: nothing in it has the label ${label}`);
    }
  }
  assert.ok(selectors > 80, `${selectors}`);
});

test('every metric of the services is on the dashboard', async () => {
  const asked = new Set(
    panels.flatMap(({ targets }) => targets.flatMap(({ expr }: Json) => selectorsOf(expr).map(({ name }) => name))),
  );
  const missing = (await ours()).filter(({ name, type }) => !asked.has(type === 'histogram' ? `${name}_bucket` : name));
  assert.deepEqual(
    missing.map(({ name }) => name),
    [],
  );
});

test('the dashboard can be imported anywhere: the data source is a variable, and each panel has its own place', () => {
  assert.ok(dashboard.templating.list.some(({ name, type }: Json) => name === 'datasource' && type === 'datasource'));
  const ids = dashboard.panels.map(({ id }: Json) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { title, description, datasource, targets, gridPos } of panels) {
    for (const source of [datasource, ...targets.map((target: Json) => target.datasource)])
      assert.equal(source.uid, SOURCE);
    assert.ok(title && description, title);
    assert.ok(gridPos.x + gridPos.w <= 24, title);
  }
  const places = dashboard.panels.map(({ gridPos: { x, y } }: Json) => `${x},${y}`);
  assert.equal(new Set(places).size, places.length);
});

test('every alert has a duration, a severity, a summary and a description', () => {
  const alerts = rules.filter(({ alert }) => alert);
  assert.ok(alerts.length > 15);
  for (const { alert, for: duration, labels, annotations } of alerts) {
    assert.match(alert, /^Parlance[A-Za-z]+$/);
    assert.match(duration, /^\d+[smh]$/, alert);
    assert.ok(['critical', 'warning', 'info'].includes(labels.severity), alert);
    assert.ok(annotations.summary.length > 20 && annotations.description.length > 40, alert);
    for (const [, label] of JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)) {
      assert.ok(['instance', 'pool'].includes(label!), `${alert}: ${label}`);
    }
  }
});

test('README.md and OPERATING.md link to the dashboard and the rules', () => {
  for (const name of ['docs/grafana-dashboard.json', 'docs/prometheus-rules.yaml']) {
    assert.ok(textOf('README.md').includes(`](${name})`), name);
    assert.ok(textOf('OPERATING.md').includes(`](${name})`), name);
  }
});

test('the rule about the event loop delay states the resolution of the metric', async (t) => {
  const registry = createMetrics({ service: 'test' });
  addRuntimeMetrics(registry);
  t.after(() => registry.clear());
  await sleep(4 * LOOP_DELAY_RESOLUTION_MS);
  const [least] = parse(await registry.metrics()).filter(({ name }) => name === 'nodejs_eventloop_lag_min_seconds');
  // Timers may fire a millisecond early.
  assert.ok(least!.value * 1_000 > LOOP_DELAY_RESOLUTION_MS - 2, `${least!.value} s`);
  const rule = rules.find(({ alert }) => alert === 'ParlanceEventLoopDelay');
  assert.match(rule!.annotations.description, new RegExp(`contains the ${LOOP_DELAY_RESOLUTION_MS} ms between`));
});
