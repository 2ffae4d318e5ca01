// Downloads: the browser saves the file; the page says how it goes, and closes the menus.
(() => {
  const LOOK_MS = 150;
  const SHOWN_MS = 4000;
  const PATIENCE_MS = 120000;

  const cookie = (name) =>
    document.cookie
      .split("; ")
      .find((part) => part.startsWith(`${name}=`))
      ?.slice(name.length + 1);

  // The head of the answer sets a cookie that is named after the token; its value is the status.
  const answered = async (token) => {
    const name = `assay_download_${token}`;
    const end = Date.now() + PATIENCE_MS;
    while (Date.now() < end) {
      const status = cookie(name);
      if (status) {
        document.cookie = `${name}=; path=/; max-age=0`;
        return status;
      }
      await new Promise((resume) => setTimeout(resume, LOOK_MS));
    }
    return "away";
  };

  const save = (href) => {
    const link = document.createElement("a");
    link.href = href;
    link.download = "";
    link.click();
  };

  // The status of the answer to `href`; the browser saves it once it is known to be a file.
  const take = async (href) => {
    const head = await fetch(href, { method: "HEAD" }).catch(() => null);
    if (head === null) return "away";
    if (!head.ok) return String(head.status);
    const token = crypto.getRandomValues(new Uint32Array(2)).join("");
    save(`${href}${href.includes("?") ? "&" : "?"}token=${token}`);
    return answered(token);
  };

  assay.download = async (link, event) => {
    event.preventDefault();
    const group = link.closest(".download");
    if (group.getAttribute("aria-busy") === "true") return;
    closeMenu(group.querySelector("details"));
    const said = group.querySelector(".download-said");
    const words = JSON.parse(group.dataset.says);
    group.setAttribute("aria-busy", "true");
    said.classList.remove("is-bad");
    said.textContent = words.busy;
    const status = await take(link.href);
    group.removeAttribute("aria-busy");
    const text = (words[status] ?? words.other).replace("{status}", status);
    said.textContent = text;
    said.classList.toggle("is-bad", status !== "200");
    if (status !== "200") return;
    setTimeout(() => {
      if (said.textContent === text) said.textContent = "";
    }, SHOWN_MS);
  };

  const closeMenu = (menu) => {
    if (!menu?.open) return;
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  };
  const openMenus = () => document.querySelectorAll("details.menu[open]");

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") openMenus().forEach(closeMenu);
  });
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
})();
