// @ts-check
// Draws the figures that the server has put into the page, and remembers the theme. Everything
// else works without this file.
"use strict";

(() => {
  const root = document.documentElement;
  const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
  const STORE = "regulars.theme";

  /** @returns {string | null} the theme the reader chose, if storage may be used */
  function storedTheme() {
    try {
      return localStorage.getItem(STORE);
    } catch {
      return null;
    }
  }

  /** @param {string | null} theme what to remember; null to follow the system again */
  function storeTheme(theme) {
    try {
      if (theme) localStorage.setItem(STORE, theme);
      else localStorage.removeItem(STORE);
    } catch {
      // Then the choice holds for this page only.
    }
  }

  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);

  // The address wins, then the reader's choice, then the system. This runs before the first paint.
  const remembered = storedTheme();
  if (!("themeFixed" in root.dataset) && (remembered === "light" || remembered === "dark")) {
    root.dataset.theme = remembered;
  }

  /** @param {HTMLElement} button */
  function labelToggle(button) {
    button.setAttribute("aria-pressed", String(isDark()));
    button.title = isDark() ? "Switch to the light theme" : "Switch to the dark theme";
  }

  /** @param {HTMLElement} button */
  function toggleTheme(button) {
    const wanted = isDark() ? "light" : "dark";
    root.dataset.theme = wanted;
    const followsSystem = (wanted === "dark") === systemDark.matches;
    storeTheme(followsSystem ? null : wanted);
    const address = new URL(window.location.href);
    if (address.searchParams.has("theme")) {
      address.searchParams.delete("theme");
      window.history.replaceState(null, "", address);
    }
    labelToggle(button);
    drawAll();
  }

  /**
   * Replaces the names of colours of the style sheet, such as `--chart-1`, by their values.
   * @param {any} value @param {CSSStyleDeclaration} style @returns {any}
   */
  function resolve(value, style) {
    if (typeof value === "string") return value.startsWith("--") ? style.getPropertyValue(value).trim() : value;
    if (Array.isArray(value)) return value.map((item) => resolve(item, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, style)]));
    }
    return value;
  }

  /** @param {HTMLElement} element */
  function draw(element) {
    const source = document.getElementById(element.dataset.figure ?? "");
    const plotly = /** @type {any} */ (window).Plotly;
    if (!source || !plotly) return;
    const style = getComputedStyle(root);
    const figure = JSON.parse(source.textContent ?? "{}");
    const axis = {
      fixedrange: true,
      automargin: true,
      gridcolor: "--line",
      linecolor: "--line",
      zerolinecolor: "--line-strong",
      tickcolor: "rgba(0,0,0,0)",
      tickfont: { color: "--muted" },
    };
    const layout = {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      colorway: ["--chart-1", "--chart-2"],
      dragmode: false,
      hovermode: "closest",
      font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: "--ink" },
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", itemclick: false, itemdoubleclick: false, traceorder: "normal" },
      hoverlabel: { bgcolor: "--tip", bordercolor: "--tip", font: { color: "--tip-ink", size: 13 }, align: "left" },
      ...figure.layout,
      xaxis: { ...axis, ...figure.layout.xaxis },
      yaxis: { ...axis, ...figure.layout.yaxis },
    };
    if (element.clientWidth < 480) layout.xaxis.nticks = Math.min(layout.xaxis.nticks ?? 6, 6);
    // A chart beside a taller one fills its card.
    element.style.height = "";
    layout.height = Math.max(figure.layout.height ?? 0, element.clientHeight);
    plotly.react(element, resolve(figure.data, style), resolve(layout, style), {
      displayModeBar: false,
      responsive: true,
    });
  }

  function drawAll() {
    for (const element of document.querySelectorAll("[data-figure]")) {
      draw(/** @type {HTMLElement} */ (element));
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const button = /** @type {HTMLElement | null} */ (document.querySelector("[data-theme-toggle]"));
    if (button) {
      button.hidden = false;
      labelToggle(button);
      button.addEventListener("click", () => toggleTheme(button));
    }
    drawAll();
    systemDark.addEventListener("change", () => {
      if (button) labelToggle(button);
      drawAll();
    });
  });

  // A switch closes when the reader turns elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(/** @type {Node} */ (event.target))) menu.removeAttribute("open");
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.removeAttribute("open");
      /** @type {HTMLElement | null} */ (menu.querySelector("summary"))?.focus();
    }
  });

  // Paper is white whatever the theme.
  /** @type {string | undefined} */
  let themeBeforePrint;
  window.addEventListener("beforeprint", () => {
    themeBeforePrint = root.dataset.theme;
    root.dataset.theme = "light";
    drawAll();
  });
  window.addEventListener("afterprint", () => {
    if (themeBeforePrint) root.dataset.theme = themeBeforePrint;
    else delete root.dataset.theme;
    drawAll();
  });
})();
