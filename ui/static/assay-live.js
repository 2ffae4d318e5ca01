// What a page keeps true by itself: the times, the health dot, and whether the server is there.
(() => {
  const TIMES_MS = 10_000;
  const HEALTH_MS = 15_000;
  const { words, documents } = assay.told;

  // A page out of the browser's memory has a socket that is long closed.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });

  setInterval(() => {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const text = assay.ago(time.dateTime);
      // Vue holds the text node: what it says may change, the node must stay
      if (text && time.textContent !== text) time.firstChild.nodeValue = text;
    }
  }, TIMES_MS);

  async function lookAtHealth() {
    const dot = document.querySelector(".health-dot");
    if (!dot || document.hidden) return;
    try {
      const { status } = (await assay.ask(documents.health)).health;
      dot.className = `health-dot is-${status}`;
      dot.firstElementChild.firstChild.nodeValue = words.health[status] ?? status;
    } catch {
      // the banner tells when the server is away; the next look tries again, also because a socket
      // that is refused does not say that its owner has been logged out
    }
  }
  setInterval(lookAtHealth, HEALTH_MS);
  document.addEventListener("visibilitychange", lookAtHealth);

  // NiceGUI shows and hides its popup as its socket comes and goes. The banner says it in our words
  // and to screen readers; what can't work now says so and does nothing.
  const CONTROLS =
    "main :is(button, select, [type=checkbox], [type=radio], a[href]), .rail a[href], [role='dialog'] button";
  const popup = document.getElementById("popup");
  const banner = assay.element("div", { className: "offline-banner", role: "status" });
  document.body.append(banner);
  const refuse = (event) => {
    if (!assay.offline || !(event.target instanceof Element)) return;
    if (event.type === "submit" || event.target.closest(CONTROLS)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  };
  for (const kind of ["click", "change", "submit"]) document.addEventListener(kind, refuse, true);

  function showConnection() {
    assay.offline = popup.getAttribute("aria-hidden") === "false";
    document.documentElement.classList.toggle("is-offline", assay.offline);
    banner.textContent = assay.offline ? words.offline : "";
    for (const control of document.querySelectorAll(CONTROLS)) {
      if (assay.offline) control.setAttribute("aria-disabled", "true");
      else control.removeAttribute("aria-disabled");
    }
  }
  new MutationObserver(showConnection).observe(popup, { attributeFilter: ["aria-hidden"] });
})();
