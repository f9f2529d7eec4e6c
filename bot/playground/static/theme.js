/** Light, dark, or as the system says. Loaded before the first paint, so the page never flashes. */
(() => {
  const KEY = "playground.theme";
  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY));
    } catch {
      return null;
    }
  };
  const apply = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  apply(read());
})();
