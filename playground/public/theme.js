// Before the first paint: the theme that the reader has chosen, so that nothing flashes.
{
  const theme = localStorage.getItem("kindgraph.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
}
