// What the pages do in the browser by themselves.
(() => {
  const year = 60 * 60 * 24 * 365;
  const remember = (name, value) => {
    document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${year}; SameSite=Lax`;
  };
  const recall = (name) => {
    const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
  };
  const system = () =>
    window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const apply = (theme) => {
    document.documentElement.dataset.theme = theme;
    window.Quasar?.Dark.set(theme === "dark");
  };
  const theme = () => recall("assay_theme") || system();

  // before the first paint, so that nothing flashes
  document.documentElement.dataset.theme = theme();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && recall("assay_zone") !== zone) remember("assay_zone", zone);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (!recall("assay_theme")) apply(system());
  });

  const logIn = () => {
    const here = window.location.pathname + window.location.search;
    window.location.assign(`/login?next=${encodeURIComponent(here)}`);
  };

  let told = null;
  window.assay = {
    // what the server tells every page (ui/told.py), once the document is parsed
    get told() {
      return (told ??= JSON.parse(document.getElementById("assay-told").textContent));
    },
    element(name, properties = {}, ...children) {
      const made = Object.assign(document.createElement(name), properties);
      made.append(...children);
      return made;
    },
    // Escape and a click beside it close a dialog; the browser gives the focus back
    openDialog(title, ...children) {
      const heading = assay.element("h2", { id: "dialog-title", textContent: title });
      const dialog = assay.element("dialog", { className: "dialog" }, heading, ...children);
      dialog.setAttribute("aria-labelledby", "dialog-title");
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
      dialog.addEventListener("close", () => dialog.remove());
      document.body.append(dialog);
      dialog.showModal();
      return dialog;
    },
    async ask(query, variables = {}, signal = undefined) {
      const answer = await fetch("/graphql", {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", Accept: "application/graphql-response+json" },
        body: JSON.stringify({ query, variables }),
        signal,
      });
      if (answer.status === 401) logIn();
      const { data, errors } = await answer.json();
      if (errors?.length) throw new Error(errors[0].message);
      return data;
    },
    logIn,
    // as ui/formats.py says it; nothing for what is so long ago that it has a date
    ago(at) {
      const seconds = (Date.now() - new Date(at)) / 1000;
      if (seconds < 5) return assay.told.words.now;
      const [size, unit] =
        [
          [86400, "day"],
          [3600, "hour"],
          [60, "minute"],
        ].find(([size]) => seconds >= size) ?? [1, "second"];
      if (unit === "day" && seconds >= 30 * size) return "";
      const format = new Intl.RelativeTimeFormat(document.documentElement.lang || "en");
      return format.format(-Math.floor(seconds / size), unit);
    },
    toggleTheme() {
      const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      remember("assay_theme", next);
      apply(next);
    },
    async copy(button) {
      const value = button.dataset.copy;
      try {
        await navigator.clipboard.writeText(value);
      } catch {
        // without a secure context there is no clipboard: let the person copy what is selected
        window.prompt("Copy:", value);
        return;
      }
      button.classList.add("copied");
      setTimeout(() => button.classList.remove("copied"), 1500);
    },
    filter(form, event) {
      event.preventDefault();
      const query = new URLSearchParams();
      // several of one name stand with commas between them
      for (const [name, value] of new FormData(form)) {
        if (typeof value !== "string" || !value.trim()) continue;
        query.set(name, query.has(name) ? `${query.get(name)},${value.trim()}` : value.trim());
      }
      const text = query.toString().replaceAll("%2C", ",");
      assay.visit(form.getAttribute("action") + (text ? `?${text}` : ""));
    },
    reload() {
      window.location.reload();
    },
    skip(link, event) {
      event.preventDefault();
      // what could not be loaded can't be skipped to
      const target = document.getElementById(link.hash.slice(1)) ?? document.getElementById("content");
      target.focus();
      target.scrollIntoView({ block: "nearest" });
    },
  };

  // What the browser does by itself is said by attributes, so that what has them need be no element
  // of NiceGUI: data-do="copy" is assay.copy(element, event).
  const within = (event, selector) =>
    event.target instanceof Element ? event.target.closest(selector) : null;
  document.addEventListener("click", (event) => {
    const found = within(event, "[data-do]");
    if (found) assay[found.dataset.do](found, event);
  });
  document.addEventListener("submit", (event) => {
    const form = within(event, "form[data-filter]");
    if (form) assay.filter(form, event);
  });
  document.addEventListener("change", (event) => {
    within(event, "[data-at-once]")?.form.requestSubmit();
    const columns = within(event, "[data-columns]");
    if (!columns) return;
    const ticked = [...columns.querySelectorAll("input:checked")].map((box) => box.name);
    remember(columns.dataset.columns, ticked.join("."));
    assay.visit(window.location.href);
  });

  // a menu closes by Escape, which gives the focus back to what opened it, and by a click beside it
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // the button of a choice says how much is chosen, and is off for less than two and more than ten
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    const button = form?.querySelector("button[data-chosen]");
    if (!button) return;
    const chosen = [...form.elements].filter((box) => box.type === "checkbox" && box.checked);
    button.disabled = chosen.length < 2 || chosen.length > 10;
    const words = chosen.length < 2 ? button.dataset.usual : button.dataset.chosen;
    button.textContent = words.replace("{n}", chosen.length);
  });
})();
