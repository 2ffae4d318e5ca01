// A page is there twice: as the HTML that the server sent, to be read at once, and soon after as
// what the scripts have drawn, which answers. This puts the second in the place of the first, with
// what the reader has done meanwhile. Ids are the same in both.
(() => {
  const pressed = []; // ids of buttons
  const changed = new Set(); // ids of fields
  const holder = () => document.getElementById("first-paint");

  const press = (event) => {
    const button = event.target.closest?.('#first-paint button[type="button"]:not([data-do])');
    if (button) pressed.push(button.id);
  };
  const change = (event) => {
    if (event.target.closest?.("#first-paint")) changed.add(event.target.id);
  };

  const twin = (id) => document.querySelector(`#app [id="${CSS.escape(id)}"]`);
  const fill = (field, from) => {
    if (field.type === "checkbox" || field.type === "radio") field.checked = from.checked;
    else field.value = from.value;
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  };
  const focus = (field, from) => {
    field.focus({ preventScroll: true });
    if (from.selectionStart != null) field.setSelectionRange(from.selectionStart, from.selectionEnd);
  };

  const handOver = (first) => {
    document.removeEventListener("click", press, true);
    document.removeEventListener("input", change, true);
    const before = document.activeElement;
    const fields = [...changed].map((id) => [id, document.getElementById(id)]);
    first.remove();
    for (const [id, from] of fields) if (twin(id)) fill(twin(id), from);
    if (first.contains(before) && twin(before.id)) focus(twin(before.id), before);
    for (const id of pressed) twin(id)?.click();
  };

  document.addEventListener("click", press, true);
  document.addEventListener("input", change, true);
  // all has been read, and no deferred script has run yet
  document.addEventListener("readystatechange", () => {
    const app = document.getElementById("app");
    if (document.readyState !== "interactive" || !holder() || !app) return;
    const observer = new MutationObserver(() => {
      observer.disconnect();
      handOver(holder());
    });
    observer.observe(app, { childList: true });
  });
})();
