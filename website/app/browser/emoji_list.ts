// The emoji that the picker offers, in groups. Users enter any other emoji with the system's keyboard.

/** The name of each group, and its emoji between spaces. */
export const EMOJI_GROUPS: Readonly<Record<string, string>> = {
  Faces: '😀 😄 😁 😅 😂 🤣 🙂 😉 😊 😍 🥰 😘 😎 🤩 🤔 🤨 😐 🙄 😬 😌 😴 😕 😮 😢 😭 😱 😤 😡 🤯 🥳 🤗 🫡',
  People: '👍 👎 👌 ✌️ 🤞 👏 🙌 🙏 🤝 💪 👋 🫶 👀 🧠 🤷 🤦 🙋 🏃',
  Signs: '❤️ 🧡 💛 💚 💙 💜 🖤 💔 ✨ 🔥 💯 ✅ ❌ ❓ ❗ ➕ ⭐ ⚡',
  Things: '🎉 🎂 🎁 🏆 🎵 ☕ 🫖 🍺 🍕 🍪 🚀 🐛 🔧 💡 📌 📅 ⏰ 💰',
  Nature: '🌞 🌙 🌧️ ❄️ 🌈 🌱 🌸 🐱 🐶 🦊 🐢 🦄',
};
