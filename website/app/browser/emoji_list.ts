// The emoji that the picker offers, in groups. Any other can be entered by the system's own keyboard.

/** The name of each group, and its emoji between spaces. */
export const EMOJI_GROUPS: Readonly<Record<string, string>> = {
  Faces: '😀 😄 😁 😅 😂 🤣 🙂 😉 😊 😍 🥰 😘 😎 🤩 🤔 🤨 😐 🙄 😬 😌 😴 😕 😮 😢 😭 😱 😤 😡 🤯 🥳 🤗 🫡',
  People: '👍 👎 👌 ✌️ 🤞 👏 🙌 🙏 🤝 💪 👋 🫶 👀 🧠 🤷 🤦 🙋 🏃',
  Signs: '❤️ 🧡 💛 💚 💙 💜 🖤 💔 ✨ 🔥 💯 ✅ ❌ ❓ ❗ ➕ ⭐ ⚡',
  Things: '🎉 🎂 🎁 🏆 🎵 ☕ 🫖 🍺 🍕 🍪 🚀 🐛 🔧 💡 📌 📅 ⏰ 💰',
  Nature: '🌞 🌙 🌧️ ❄️ 🌈 🌱 🌸 🐱 🐶 🦊 🐢 🦄',
};
