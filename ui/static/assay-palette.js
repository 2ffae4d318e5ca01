// The command palette: pages, what can be done here, runs and definitions, by keyboard alone.
// The pattern is ARIA's combobox with a list box: the focus stays in the field.
(() => {
  const WAIT_MS = 150;
  const { words, documents } = assay.told;
  const fits = (text, search) =>
    search
      .toLowerCase()
      .split(/\s+/)
      .every((word) => text.toLowerCase().includes(word));
  const key = (id) => atob(id).split(":")[1];
  const go = (path) => () => assay.visit(path);

  const pages = () =>
    [...document.querySelectorAll(".rail nav a")].map((link) => ({
      words: link.textContent.trim(),
      act: go(link.getAttribute("href")),
    }));
  const actions = () =>
    [...document.querySelectorAll("main .button:not(.palette-button)")]
      .concat([...document.querySelectorAll(".rail-foot button")])
      .filter((found) => found.checkVisibility() && !found.disabled && found.textContent.trim())
      .map((found) => ({ words: found.textContent.trim(), act: () => found.click() }));

  function found(data) {
    const runs = data.runs.edges.map(({ node }) => ({
      words: `${node.definition?.name ?? words.run} ${key(node.id).replaceAll("-", "").slice(-6)}`,
      note: `${words.statuses[node.status] ?? node.status}, ${assay.ago(node.createdAt)}`,
      act: go(`/runs/${key(node.id)}`),
    }));
    const definitions = data.definitions.edges.map(({ node }) => ({
      words: node.name,
      note: node.description,
      act: go(`/definitions/${key(node.id)}`),
    }));
    return [
      [words.runs, runs],
      [words.definitions, definitions],
    ];
  }

  class Palette {
    constructor() {
      this.options = [];
      this.active = 0;
      this.fromServer = [];
      this.here = [
        [words.pages, pages()],
        [words.actions, actions()],
      ];
      this.list = assay.element("div", { id: "palette-list", role: "listbox", ariaLabel: words.found });
      this.said = assay.element("p", { className: "muted small", role: "status" });
      this.field = assay.element("input", {
        type: "text",
        className: "control",
        role: "combobox",
        placeholder: words.find,
        ariaLabel: words.find,
        ariaExpanded: "true",
        ariaAutoComplete: "list",
        autocomplete: "off",
        spellcheck: false,
      });
      this.field.setAttribute("aria-controls", "palette-list");
      this.field.addEventListener("input", () => this.typed());
      this.field.addEventListener("keydown", (event) => this.keyed(event));
      this.dialog = assay.openDialog(words.palette, this.field, this.list, this.said);
      this.dialog.classList.add("palette");
      this.dialog.addEventListener("close", () => this.asking?.abort());
      this.field.focus();
      this.draw();
      this.ask();
    }

    typed() {
      this.active = 0;
      this.draw();
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.ask(), WAIT_MS);
    }

    async ask() {
      this.asking?.abort();
      this.asking = new AbortController();
      const { signal } = this.asking;
      try {
        const search = this.field.value.trim() || null;
        this.fromServer = found(await assay.ask(documents.find, { search }, signal));
        this.trouble = "";
      } catch (error) {
        if (signal.aborted) return;
        this.fromServer = [];
        this.trouble = `${words.notFound} ${error.message}`;
      }
      this.draw();
    }

    draw() {
      const search = this.field.value.trim();
      const here = this.here.map(([title, items]) => [
        title,
        items.filter((item) => fits(item.words, search)),
      ]);
      this.options = [];
      const groups = [...here, ...this.fromServer].filter(([, items]) => items.length);
      this.list.replaceChildren(...groups.map(([title, items]) => this.group(title, items)));
      this.said.textContent = this.trouble || (this.options.length ? "" : words.nothing);
      this.point(Math.min(this.active, this.options.length - 1));
    }

    group(title, items) {
      const heading = assay.element("div", { className: "palette-title", textContent: title });
      heading.setAttribute("aria-hidden", "true");
      return assay.element(
        "div",
        { role: "group", ariaLabel: title },
        heading,
        ...items.map((item) => this.option(item)),
      );
    }

    option(item) {
      const option = assay.element(
        "div",
        { id: `palette-${this.options.length}`, role: "option", className: "palette-option" },
        assay.element("span", { textContent: item.words }),
        assay.element("span", { className: "sub", textContent: item.note ?? "" }),
      );
      option.addEventListener("click", () => this.choose(item));
      this.options.push({ option, item });
      return option;
    }

    point(index) {
      this.active = Math.max(0, index);
      for (const [at, { option }] of this.options.entries()) {
        option.ariaSelected = String(at === this.active);
      }
      const now = this.options[this.active]?.option;
      this.field.setAttribute("aria-activedescendant", now?.id ?? "");
      now?.scrollIntoView({ block: "nearest" });
    }

    choose(item) {
      this.dialog.close();
      item.act();
    }

    keyed(event) {
      const count = this.options.length;
      const to = {
        ArrowDown: (this.active + 1) % count,
        ArrowUp: (this.active - 1 + count) % count,
        PageDown: Math.min(this.active + 8, count - 1),
        PageUp: Math.max(this.active - 8, 0),
      }[event.key];
      if (to !== undefined && count) {
        event.preventDefault();
        this.point(to);
      } else if (event.key === "Enter" && count && !event.isComposing) {
        event.preventDefault();
        this.choose(this.options[this.active].item);
      }
    }
  }

  assay.openPalette = () => {
    if (!document.querySelector("dialog.palette")) new Palette();
  };
})();
