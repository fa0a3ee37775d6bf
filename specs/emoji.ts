// Defines the format `rgi-emoji` of the contract. The only place that decides what an emoji is.

/** Whether a text is one emoji of the set RGI, fully qualified (UTS 51), in the Unicode version of this engine. */
export const isEmoji = (text: string): boolean => /^\p{RGI_Emoji}$/v.test(text);
