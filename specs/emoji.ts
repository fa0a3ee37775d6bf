// What the contract means by an emoji (`format: rgi-emoji`). The only place that decides it.

/** Whether a text is one emoji of the set RGI, fully qualified (UTS 51), as this engine's Unicode version has it. */
export const isEmoji = (text: string): boolean => /^\p{RGI_Emoji}$/v.test(text);
