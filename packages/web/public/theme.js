// Sets the colour scheme before the first paint. A file of its own, because the page allows no inline script.
(() => {
  let wanted = 'auto';
  try {
    wanted = localStorage.getItem('watchpost-theme') ?? 'auto';
  } catch {
    // Storage is blocked: the scheme of the system is used.
  }
  const isDark = wanted === 'dark' || (wanted !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light');
})();
