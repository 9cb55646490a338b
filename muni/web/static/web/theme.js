// Runs before the first paint, so that a dark page never flashes white. "auto" follows the system.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const wanted = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null;
    }
  };
  const apply = () => {
    const theme = wanted() ?? (system.matches ? "dark" : "light");
    document.documentElement.dataset.bsTheme = theme;
  };
  apply();
  system.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-toggle-theme]")) return;
    const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", next);
    } catch {
      // private windows may refuse storage: the choice then lasts for this page
    }
    document.documentElement.dataset.bsTheme = next;
    document.dispatchEvent(new CustomEvent("themechange", { detail: next }));
  });
})();
