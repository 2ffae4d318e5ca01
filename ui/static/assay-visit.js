// Links between pages are followed inside the document that is open: ui/visits.py draws the page
// that is asked for and puts it in the place of the one that is shown. Whatever can't be followed
// like this is followed as browsers do.
(() => {
  const SLOW_MS = 150; // from here on something moves
  assay.patienceMs = 10_000; // then a new document is asked for
  const places = assay.told.places.map((pattern) => new RegExp(pattern));
  const here = () => location.pathname + location.search;
  const said = assay.element("p", { className: "visually-hidden", role: "status" });
  document.body.append(said);

  let number = 0;
  let going = null; // what is on its way
  let shown = here();

  const canVisit = (url) =>
    url.origin === location.origin &&
    places.some((place) => place.test(decodeURIComponent(url.pathname))) &&
    window.did_handshake === true && // the socket stands, and the scripts have drawn the page
    window.socket?.connected === true;

  function ask(address, onward) {
    stop();
    number += 1;
    going = {
      address,
      onward,
      focused: selectorOf(document.activeElement),
      slow: setTimeout(() => document.documentElement.classList.add("is-visiting"), SLOW_MS),
      patience: setTimeout(() => location.assign(address), assay.patienceMs),
    };
    const detail = { address, number, cookies: document.cookie };
    document.querySelector("#app #visits").dispatchEvent(new CustomEvent("visit", { detail }));
  }

  function stop() {
    clearTimeout(going?.slow);
    clearTimeout(going?.patience);
    document.documentElement.classList.remove("is-visiting");
    going = null;
  }

  // A field of a form stays in the hands of whoever uses it, though the form is drawn anew.
  const selectorOf = (field) => {
    const around = ["form", "[data-columns]"].find((around) => field.closest(around));
    return around && field.name ? `main ${around} [name="${CSS.escape(field.name)}"]` : null;
  };
  function focus(selector) {
    const field = selector && document.querySelector(selector);
    // the menu of columns stays open, to choose another one
    if (field?.closest("[data-columns]")) field.closest("details").open = true;
    (field || document.getElementById("content"))?.focus({ preventScroll: true });
  }

  // history remembers how far each page was scrolled
  const remember = () => history.replaceState({ ...history.state, top: window.scrollY }, "");

  assay.visit = (address) => {
    const url = new URL(address, location.href);
    if (!canVisit(url)) {
      location.assign(address);
      return;
    }
    remember();
    ask(url.pathname + url.search, { hash: url.hash });
  };

  // called by ui/visits.py when the page is there
  assay.arrived = (which) => {
    if (which !== number || !going) return;
    const { address, onward, focused } = going;
    stop();
    if (onward && address !== here()) history.pushState({}, "", address + onward.hash);
    const inside = address.split("?")[0] === shown.split("?")[0];
    shown = address;
    const target = onward?.hash && document.getElementById(onward.hash.slice(1));
    if (target) target.scrollIntoView();
    else if (!onward) window.scrollTo(0, history.state?.top ?? 0);
    else if (!inside) window.scrollTo(0, 0);
    focus(inside ? focused : null);
    said.textContent = document.title;
    document.dispatchEvent(new Event("assay:arrived"));
  };

  window.addEventListener("popstate", () => {
    if (here() === shown && !going) return; // only the part behind the # changed
    const url = new URL(location.href);
    if (canVisit(url)) ask(here(), null);
    else location.reload();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "get") return;
    event.preventDefault();
    assay.visit(`${form.action}?${new URLSearchParams(new FormData(form))}`);
  });

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.("a[href]");
    if (!link || link.hasAttribute("download") || (link.target && link.target !== "_self")) return;
    const url = new URL(link.href);
    if (url.hash && url.pathname + url.search === here()) return;
    if (!canVisit(url)) return;
    event.preventDefault();
    assay.visit(link.href);
  });
})();
