// Keyboard shortcuts, and the sheet that lists them: both from the table of ui/shortcuts.py.
(() => {
  const SEQUENCE_MS = 1200;
  const SWITCH = "assay.single-keys";
  const { shortcuts, words } = assay.told;
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  const targetOf = (shortcut) => document.querySelector(shortcut.target);
  const isSingle = (shortcut) => !shortcut.keys.startsWith("Mod+");
  // WCAG 2.1.4: who speaks to the computer must be able to turn keys without a modifier off
  const singleKeysOn = () => localStorage.getItem(SWITCH) !== "off";
  const typing = (target) =>
    target instanceof Element &&
    target.closest("input, textarea, select, [contenteditable='true']") !== null;
  const inDialog = () => document.querySelector("dialog[open], [role='dialog']") !== null;

  let before = "";
  let forget = 0;
  const remember = (keys) => {
    clearTimeout(forget);
    before = keys;
    forget = setTimeout(() => (before = ""), SEQUENCE_MS);
  };

  function pressed(event) {
    if (event.altKey || event.isComposing) return null;
    if (event.ctrlKey || event.metaKey) {
      const mod = `Mod+${event.key.toLowerCase()}`;
      return shortcuts.find((shortcut) => shortcut.keys === mod);
    }
    if (typing(event.target) || inDialog() || !singleKeysOn()) return null;
    const all = before ? `${before} ${event.key}` : event.key;
    const found = shortcuts.find((shortcut) => shortcut.keys === all && targetOf(shortcut));
    const starts = shortcuts.some((shortcut) => shortcut.keys.startsWith(`${event.key} `));
    remember(!found && starts ? event.key : "");
    return found;
  }

  document.addEventListener("keydown", (event) => {
    const shortcut = pressed(event);
    const target = shortcut && targetOf(shortcut);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input")) {
      target.focus();
      target.select();
    } else {
      target.click();
    }
  });

  function keyNames(keys) {
    const parts = keys.startsWith("Mod+")
      ? [mac ? "⌘" : "Ctrl", keys.slice(4).toUpperCase()]
      : keys.split(" ");
    return parts.map((part) => assay.element("kbd", { textContent: part }));
  }

  function row(shortcut) {
    return assay.element(
      "div",
      {},
      assay.element("dt", { textContent: shortcut.words }),
      assay.element("dd", {}, ...keyNames(shortcut.keys)),
    );
  }

  function singleKeySwitch() {
    const box = assay.element("input", { type: "checkbox", checked: singleKeysOn() });
    box.addEventListener("change", () => localStorage.setItem(SWITCH, box.checked ? "on" : "off"));
    return assay.element(
      "label",
      { className: "check" },
      box,
      assay.element("span", { textContent: words.singleKeys }),
    );
  }

  assay.openShortcuts = () => {
    const rows = shortcuts.filter(targetOf).map(row);
    assay.openDialog(
      words.shortcuts,
      assay.element("dl", { className: "keys" }, ...rows),
      ...(shortcuts.some(isSingle) ? [singleKeySwitch()] : []),
    );
  };
})();
