// The colours a person chose, kept in a cookie: the server puts them on the page before it is painted.

const COOKIE = "growloop_theme";
const KEPT_SECONDS = 365 * 24 * 60 * 60;
const root = document.documentElement;
const choice = document.querySelector(".theme");

choice.addEventListener("change", ({ target: { value } }) => {
  const life = value ? KEPT_SECONDS : 0; // the system's own need no cookie
  document.cookie = `${COOKIE}=${value}; path=/; max-age=${life}; samesite=lax`;
  show(value);
});

addEventListener("pageshow", () => show(chosen())); // another tab may have chosen since

const chosen = () => document.cookie.match(`(?:^|; )${COOKIE}=(light|dark)(?:;|$)`)?.[1] ?? "";

function show(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  choice.querySelector(`[value="${theme}"]`).checked = true;
}
