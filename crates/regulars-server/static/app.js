// @ts-check
// Draws charts as they scroll into view, opens the customers behind a clicked mark, sorts small tables and
// remembers the theme. Everything else works without this file.
"use strict";

(() => {
  const root = document.documentElement;
  const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
  const STORE = "regulars.theme";

  /** @returns {string | null} the stored theme, if storage is available */
  function storedTheme() {
    try {
      return localStorage.getItem(STORE);
    } catch {
      return null;
    }
  }

  /** @param {string | null} theme to store; null to follow the system again */
  function storeTheme(theme) {
    try {
      if (theme) localStorage.setItem(STORE, theme);
      else localStorage.removeItem(STORE);
    } catch {
      // Without storage the choice applies to this page only.
    }
  }

  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);

  // The URL wins, then the stored choice, then the system. This runs before the first paint.
  const remembered = storedTheme();
  if (!("themeFixed" in root.dataset) && (remembered === "light" || remembered === "dark")) {
    root.dataset.theme = remembered;
  }

  /** @param {HTMLElement} button */
  function labelToggle(button) {
    button.setAttribute("aria-pressed", String(isDark()));
    button.title = isDark() ? "Switch to light theme" : "Switch to dark theme";
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
    redraw();
  }

  // Charts

  /** @typedef {{data: any[], layout: any, links?: any}} Figure */
  /** Figures drawn so far, for redrawing in other colours. @type {Map<HTMLElement, Figure>} */
  const drawn = new Map();
  let drawing = 0;

  const plotly = () => /** @type {any} */ (window).Plotly;

  /**
   * Replaces CSS colour variables, such as `--chart-1`, or `--chart-1/40` for 40% opacity, with their values.
   * @param {any} value @param {CSSStyleDeclaration} style @returns {any}
   */
  function resolve(value, style) {
    if (typeof value === "string") {
      if (!value.startsWith("--")) return value;
      const [name, percent] = value.split("/");
      const colour = style.getPropertyValue(name).trim();
      // Two more hex digits set the opacity.
      return percent ? colour + Math.round(Number(percent) * 2.55).toString(16).padStart(2, "0") : colour;
    }
    if (Array.isArray(value)) return value.map((item) => resolve(item, style));
    if (value && typeof value === "object") {
      // Binary columns contain no colours.
      if ("bdata" in value) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, key === "ids" ? item : resolve(item, style)]),
      );
    }
    return value;
  }

  /** @param {any} axis @returns {string} the currency symbol before its numbers, if any */
  const symbolOf = (axis) => (axis?.tickformat === "~s" && axis.tickprefix) || "";

  /** The locale that replaces `$` in number formats. @param {Figure} figure */
  function localesOf(figure) {
    const symbol = symbolOf(figure.layout.xaxis) || symbolOf(figure.layout.yaxis);
    return symbol ? { en: { format: { currency: [symbol, ""] } } } : {};
  }

  /** @param {string} line @returns {string} the line in at most 18 characters */
  const cut = (line) => (line.length > 18 ? `${line.slice(0, 17)}…` : line);

  /** A long label in two lines of at most 18 characters. @param {string} name */
  function inTwoLines(name) {
    if (name.includes("<br>") || name.length < 17) return name;
    const spaces = [...name.matchAll(/ /g)].map((space) => space.index ?? 0);
    if (spaces.length === 0) return cut(name);
    const off = (/** @type {number} */ at) => Math.abs(at - name.length / 2);
    const best = spaces.reduce((one, other) => (off(other) < off(one) ? other : one));
    return `${cut(name.slice(0, best))}<br>${cut(name.slice(best + 1))}`;
  }

  /** @param {HTMLElement} element @param {Figure} figure @param {number} [height] */
  function layoutOf(element, figure, height) {
    const axis = {
      fixedrange: true,
      automargin: true,
      gridcolor: "--line",
      linecolor: "--line",
      zerolinecolor: "--line-strong",
      tickcolor: "rgba(0,0,0,0)",
      tickfont: { color: "--muted", size: 12 },
    };
    const own = figure.layout;
    const withAxis = (/** @type {any} */ of) => ({
      ...axis,
      ...of,
      // The minus sign precedes the currency, as in the text: −£200.
      ...(symbolOf(of) ? { tickprefix: "", tickformat: "$~s" } : {}),
      ...(of?.title ? { title: { font: { size: 12, color: "--muted" }, standoff: 8, ...of.title } } : {}),
    });
    const layout = {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      colorway: ["--chart-1", "--chart-2"],
      dragmode: false,
      hovermode: "closest",
      font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: "--ink" },
      hoverlabel: { bgcolor: "--tip", bordercolor: "--tip", font: { color: "--tip-ink", size: 13 }, align: "left" },
      ...own,
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", itemclick: false, itemdoubleclick: false, traceorder: "normal", ...own.legend },
      // A chart next to a taller one fills its card.
      height: height ?? (own.scene ? own.height : Math.min(Math.max(own.height ?? 0, element.clientHeight), 1.4 * (own.height ?? 320))),
    };
    if (!own.scene) {
      layout.xaxis = withAxis(own.xaxis);
      layout.yaxis = withAxis(own.yaxis);
      // Wrap axis labels on narrow screens, so that the marks have room.
      const names = /** @type {string[] | undefined} */ (own.yaxis?.ticktext);
      if (names && element.clientWidth < 480 && names.some((name) => inTwoLines(name) !== name)) layout.yaxis = { ...layout.yaxis, ticktext: names.map(inTwoLines), tickfont: { ...axis.tickfont, size: 11 } };
      if (element.clientWidth < 480) layout.xaxis.nticks = Math.min(layout.xaxis.nticks ?? 6, 6);
      // Label every second, third, … column if there is no room for all.
      const columns = /** @type {number[] | undefined} */ (own.xaxis?.tickvals);
      const every = columns ? Math.ceil((columns.length * 20) / Math.max(element.clientWidth - 100, 100)) : 1;
      if (columns && columns.length > 10 && every > 1) {
        const isKept = (/** @type {any} */ _, /** @type {number} */ at) => at % every === 0;
        layout.xaxis = { ...layout.xaxis, tickvals: columns.filter(isKept), ticktext: own.xaxis.ticktext?.filter(isKept) };
      }
      // Turn the names of narrow columns.
      const heads = /** @type {string[] | undefined} */ (own.xaxis?.ticktext);
      const longest = Math.max(0, ...(heads ?? []).flatMap((head) => head.split("<br>")).map((line) => line.length));
      if (heads && heads.length <= 10 && element.clientWidth < 480 && longest * 6.5 > (element.clientWidth - 100) / heads.length) {
        layout.xaxis = { ...layout.xaxis, ticktext: heads.map((head) => cut(head.replaceAll("<br>", " "))), tickangle: -45 };
        layout.height += 50;
      }
    } else if (element.clientWidth < 640) {
      layout.height = Math.min(layout.height, 440);
      // Zoom out, so that the ends of the axes are visible.
      const eye = own.scene.camera.eye;
      layout.scene = { ...own.scene, camera: { ...own.scene.camera, eye: { x: eye.x * 1.6, y: eye.y * 1.6, z: eye.z * 1.6 } } };
    }
    return layout;
  }

  /** @param {HTMLElement} element @param {Figure} figure */
  async function draw(element, figure) {
    const style = getComputedStyle(root);
    const isFirst = !drawn.has(element);
    drawn.set(element, figure);
    const layout = layoutOf(element, figure);
    // Keep the rotation of a 3D chart when redrawing.
    const camera = /** @type {any} */ (element).layout?.scene?.camera;
    if (camera && layout.scene) layout.scene = { ...layout.scene, camera };
    // Numbers that do not fit in their cells remain in the table and the tooltip.
    const roomless = (/** @type {any} */ trace) =>
      trace.type === "heatmap"
        ? trace.texttemplate && (element.clientWidth - 90) / trace.x.length < 36
        : trace.type === "bar" && Array.isArray(trace.text) && Array.isArray(trace.x) && element.clientWidth < 480 && trace.x.some((/** @type {any} */ x) => x < 0) && trace.text.some((/** @type {any} */ text) => String(text).length > 6);
    const data = figure.data.map((trace) => (roomless(trace) ? { ...trace, texttemplate: "", textposition: trace.type === "bar" ? "none" : undefined } : trace));
    await plotly().react(element, resolve(data, style), resolve(layout, style), {
      displayModeBar: false,
      // We redraw on resize ourselves: plotly.js would measure heights while neighbours are still being drawn.
      responsive: false,
      scrollZoom: Boolean(layout.scene),
      locales: localesOf(figure),
    });
    element.classList.add("is-drawn");
    if (!isFirst) return;
    const png = /** @type {HTMLElement | null} */ (document.querySelector(`[data-png="${element.id}"]`));
    if (png) png.hidden = false;
    if (!figure.links) return;
    element.classList.add("has-links");
    const follow = (/** @type {string | null} */ href) => {
      if (href) window.location.assign(href);
    };
    const hrefOf = (/** @type {any} */ event) => linkOf(drawn.get(element)?.links, event.points?.[0]);
    if (!layout.scene) {
      /** @type {any} */ (element).on("plotly_click", (/** @type {any} */ event) => follow(hrefOf(event)));
      return;
    }
    // A 3D chart fires "click" on mouse down; it counts only if the pointer is released at the same place.
    /** @type {{x: number, y: number} | null} */
    let pressed = null;
    /** @type {string | null} */
    let wanted = null;
    element.addEventListener("pointerdown", (event) => {
      pressed = { x: event.clientX, y: event.clientY };
      wanted = null;
    }, true);
    /** @type {any} */ (element).on("plotly_click", (/** @type {any} */ event) => {
      wanted = hrefOf(event);
    });
    window.addEventListener("pointerup", (event) => {
      const isClick = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < 4;
      pressed = null;
      if (isClick) setTimeout(() => follow(wanted), 60);
    }, true);
  }

  /**
   * The link of a mark. `links` is one URL per trace, a list per trace (per mark, per row, or per row and
   * mark), or one URL template that the mark's id completes.
   * @param {any} links @param {any} point @returns {string | null}
   */
  function linkOf(links, point) {
    if (!links || !point) return null;
    if (typeof links === "string") return point.id === undefined ? null : links.replace("%7Bid%7D", encodeURIComponent(point.id));
    const at = point.pointNumber ?? point.pointIndex;
    // Sankey flows run from one node to another.
    if (links.streams) return (point.source && point.target ? links.streams : links.nodes)[at] ?? null;
    const ofTrace = links[point.curveNumber];
    if (typeof ofTrace === "string") return ofTrace;
    if (!Array.isArray(at)) return ofTrace?.[at] ?? null;
    const line = ofTrace?.[at[0]];
    return typeof line === "string" ? line : (line?.[at[1]] ?? null);
  }

  /** @param {HTMLElement} element @returns {Promise<Figure>} */
  async function figureOf(element) {
    const own = document.getElementById(`${element.id}-figure`);
    if (own) return JSON.parse(own.textContent ?? "{}");
    const answer = await fetch(element.dataset.chart ?? "", { headers: { accept: "application/json" } }).catch(() => {
      throw new Error("the server cannot be reached");
    });
    if (answer.status === 401) throw new Error("you are no longer signed in");
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    return answer.json();
  }

  /** @param {HTMLElement} element */
  async function show(element) {
    if (!plotly()) return;
    drawing += 1;
    element.setAttribute("aria-busy", "true");
    try {
      await draw(element, await figureOf(element));
    } catch (error) {
      sayFailure(element, error instanceof Error ? error.message : String(error));
    }
    element.removeAttribute("aria-busy");
    drawing -= 1;
    if (drawing === 0) sayTime();
  }

  /** @param {HTMLElement} element @param {string} reason */
  function sayFailure(element, reason) {
    const words = document.createElement("p");
    words.setAttribute("role", "status");
    words.textContent = `This chart could not be drawn: ${reason}.`;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "button quiet";
    again.textContent = "Try again";
    again.addEventListener("click", () => {
      // Other charts probably failed for the same reason.
      for (const failed of document.querySelectorAll("[data-chart].has-failed")) {
        failed.classList.remove("has-failed");
        failed.replaceChildren();
        void show(/** @type {HTMLElement} */ (failed));
      }
    });
    element.replaceChildren(words, again);
    if (reason.includes("signed in")) {
      const link = document.createElement("a");
      link.className = "button quiet";
      link.textContent = "Sign in";
      link.href = `/login?next=${encodeURIComponent(window.location.pathname + window.location.search)}`;
      again.replaceWith(link);
    }
    element.classList.add("has-failed");
  }

  // Server status is fetched separately, so that the cached page is the same for everyone.

  /** @param {string} name @param {string} text */
  function tellPanel(name, text) {
    const place = /** @type {HTMLElement | null} */ (document.querySelector(`[data-${name}]`));
    const value = place?.querySelector("dd");
    if (!place || !value) return;
    value.textContent = text;
    place.hidden = false;
  }

  /** @param {string} [timing] the server-timing header, if a script fetched the page */
  async function askProcess(timing) {
    if (!document.querySelector("[data-memory]")) return;
    const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
    const made = timing === undefined ? navigation?.serverTiming?.find((one) => one.name === "page")?.duration : Number(timing.split("dur=")[1]);
    if (made) tellPanel("made", `${made < 10 ? made.toFixed(1) : Math.round(made)} ms`);
    try {
      const answer = await fetch("/api/v1/process", { headers: { accept: "application/json" } });
      const process = answer.ok ? await answer.json() : null;
      if (!process) return;
      tellPanel("memory", `${(process.memory_bytes / 1e6).toFixed(1)} MB`);
      tellPanel("processor", `${process.cpu_seconds.toFixed(1)} s`);
    } catch {
      // Without an answer the panel stays hidden.
    }
  }

  let timed = false;
  /** When the page was requested, in browser time. */
  let visited = 0;
  function sayTime() {
    const place = /** @type {HTMLElement | null} */ (document.querySelector("[data-drawn]"));
    const value = place?.querySelector("dd");
    if (!place || !value || timed) return;
    timed = true;
    value.textContent = `${Math.round(performance.now() - visited)} ms`;
    place.hidden = false;
  }

  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        seen.unobserve(entry.target);
        void show(/** @type {HTMLElement} */ (entry.target));
      }
    },
    { rootMargin: "300px" },
  );

  /** @param {ParentNode} within */
  function watch(within) {
    for (const found of within.querySelectorAll("[data-chart]")) {
      const element = /** @type {HTMLElement} */ (found);
      // Reserve the height before drawing.
      const height = Number(element.dataset.height);
      element.style.minHeight = `${element.clientWidth < 640 ? Math.min(height, 440) : height}px`;
      seen.observe(element);
    }
  }

  function redraw() {
    for (const [element, figure] of drawn) {
      if (element.isConnected) void draw(element, figure);
      else drawn.delete(element);
    }
  }

  let width = window.innerWidth;
  let resizing = 0;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    clearTimeout(resizing);
    resizing = setTimeout(redraw, 150);
  });

  /** @param {HTMLElement} button */
  async function savePng(button) {
    const element = document.getElementById(button.dataset.png ?? "");
    const figure = element && drawn.get(element);
    if (!element || !figure) return;
    const card = element.closest(".chart-card");
    const title = card?.querySelector("h2")?.textContent ?? "";
    const style = getComputedStyle(root);
    const layout = layoutOf(element, figure, element.clientHeight + 50);
    const shown = {
      ...layout,
      width: element.clientWidth,
      paper_bgcolor: "--card",
      margin: { ...layout.margin, t: (layout.margin?.t ?? 0) + 50 },
      title: { text: title.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`), x: 0.02, font: { size: 15 } },
    };
    const camera = /** @type {any} */ (element).layout?.scene?.camera;
    if (camera) shown.scene = { ...shown.scene, camera };
    await plotly().downloadImage(
      { data: resolve(figure.data, style), layout: resolve(shown, style), config: { locales: localesOf(figure) } },
      { format: "png", scale: 2, width: element.clientWidth, height: element.clientHeight + 50, filename: element.id.replace("chart-", "regulars-") },
    );
  }

  // Single-file export: which part is shown.

  function markPart() {
    const links = [...document.querySelectorAll("[data-part]")];
    const name = window.location.hash.slice(1);
    const shown = document.getElementById(name)?.closest(".leaf")?.id ?? document.querySelector(".leaf")?.id;
    for (const link of links) {
      if (link.getAttribute("data-part") === shown) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (links.length > 0 && name === shown) window.scrollTo(0, 0);
  }
  window.addEventListener("hashchange", markPart);

  // Tables

  /** @param {HTMLTableElement} table */
  function makeSortable(table) {
    const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
    if ((table.tBodies[0]?.rows.length ?? 0) < 2) return;
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        const isNumber = head.classList.contains("num");
        const wanted = now ? (now === "ascending" ? "descending" : "ascending") : isNumber ? "descending" : "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", wanted);
        sortRows(table, column, wanted === "ascending" ? 1 : -1);
      });
    });
  }

  /** @param {HTMLTableElement} table @param {number} column @param {1 | -1} way */
  function sortRows(table, column, way) {
    const body = table.tBodies[0];
    /** @param {HTMLTableRowElement} row */
    const key = (row) => {
      const cell = row.cells[column];
      const own = cell?.dataset.sort ?? cell?.textContent?.trim() ?? "";
      const number = Number(own.replace(/[^0-9.−-]/g, "").replace("−", "-"));
      const isNumber = cell?.dataset.sort !== undefined ? own !== "" && !Number.isNaN(Number(own)) : cell?.classList.contains("num");
      return isNumber && !Number.isNaN(number) ? number : own;
    };
    const rows = [...body.rows].map((row, at) => ({ row, at, key: key(row) }));
    rows.sort((a, b) => {
      // Rows without a value come last in either direction.
      if (typeof a.key !== typeof b.key) return typeof a.key === "number" ? -1 : 1;
      const order = typeof a.key === "number" ? a.key - Number(b.key) : a.key.localeCompare(String(b.key), "en", { numeric: true });
      return order * way || a.at - b.at;
    });
    body.append(...rows.map(({ row }) => row));
  }

  // Replaces one part of the page: fetches the whole page, swaps the part and updates the URL.

  let shownAddress = window.location.pathname + window.location.search;

  /** Records the URL that the page now shows. @param {string} href */
  function showAddress(href) {
    window.history.pushState(null, "", href);
    shownAddress = window.location.pathname + window.location.search;
  }

  /** @param {string} href */
  async function pageAt(href) {
    const answer = await fetch(href, { headers: { accept: "text/html" } });
    return { answer, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
  }

  /** @param {string} href @param {string} id */
  async function replacePart(href, id) {
    const old = document.getElementById(id);
    old?.setAttribute("aria-busy", "true");
    try {
      const { answer, page } = await pageAt(href);
      const fresh = page.getElementById(id);
      if (!answer.ok || !old || !fresh) throw new Error("not there");
      const links = new Map([...page.querySelectorAll("[data-in-place]")].map((a) => [`${a.closest("[id]")?.id} ${a.textContent}`, a.getAttribute("href")]));
      old.replaceWith(document.adoptNode(fresh));
      // Other links must carry the new state, too.
      for (const link of document.querySelectorAll("[data-in-place]")) {
        const other = links.get(`${link.closest("[id]")?.id} ${link.textContent}`);
        if (other) link.setAttribute("href", other);
      }
      showAddress(href.replace(/#.*/, ""));
      prepare(fresh);
      /** @type {HTMLElement | null} */ (fresh.querySelector("[data-in-place][aria-current]"))?.focus({ preventScroll: true });
    } catch {
      window.location.assign(href);
    }
  }

  /** @param {HTMLElement} within */
  function prepare(within) {
    watch(within);
    for (const table of within.querySelectorAll("table[data-sortable]")) makeSortable(/** @type {HTMLTableElement} */ (table));
  }

  const themeButton = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-theme-toggle]"));

  /** Initialises a page, whether loaded by the browser or swapped in. @param {string} [timing] */
  function arrive(timing) {
    const button = themeButton();
    if (button) {
      button.hidden = false;
      labelToggle(button);
      button.addEventListener("click", () => toggleTheme(button));
    }
    prepare(document.body);
    void askProcess(timing);
    markPart();
    const run = /** @type {HTMLElement | null} */ (document.querySelector("[data-run-events]"));
    if (run) followRun(run);
    // Keep empty fields out of the URL.
    document.querySelector("[data-filters]")?.addEventListener("submit", (event) => {
      for (const field of /** @type {HTMLFormElement} */ (event.target).querySelectorAll("select")) {
        if (!field.value) field.disabled = true;
      }
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    arrive();
    systemDark.addEventListener("change", () => {
      const button = themeButton();
      if (button) labelToggle(button);
      redraw();
    });
  });

  // Navigates to another page or data set by swapping the body, so that plotly.js is parsed only once.

  /** @param {ParentNode} of @returns {string[]} */
  const scriptsOf = (of) => [...of.querySelectorAll("head script[src]")].map((script) => script.getAttribute("src") ?? "");

  /** @param {string} href */
  async function visit(href) {
    const began = performance.now();
    document.getElementById("content")?.setAttribute("aria-busy", "true");
    try {
      const { answer, page } = await pageAt(href);
      const here = scriptsOf(document);
      // Pages that need other scripts, and pages that are not ours, are loaded by the browser.
      if (!answer.ok || answer.redirected || !page.getElementById("content") || scriptsOf(page).some((src) => !here.includes(src))) throw new Error("another kind of page");
      for (const element of drawn.keys()) plotly()?.purge(element);
      drawn.clear();
      seen.disconnect();
      document.title = page.title;
      for (const name of ["data-theme", "data-theme-fixed"]) {
        const value = page.documentElement.getAttribute(name);
        if (value !== null) root.setAttribute(name, value);
      }
      document.body.replaceWith(document.adoptNode(page.body));
      showAddress(href);
      visited = began;
      timed = false;
      window.scrollTo(0, 0);
      arrive(answer.headers.get("server-timing") ?? "");
      document.getElementById("content")?.focus({ preventScroll: true });
    } catch {
      window.location.assign(href);
    }
  }

  document.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const png = /** @type {HTMLElement | null} */ (target.closest("[data-png]"));
    if (png) void savePng(png);
    // Leave modified clicks to the browser, such as opening a new window.
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = /** @type {HTMLAnchorElement | null} */ (target.closest("a[data-in-place]"));
    if (link && isPlain) {
      event.preventDefault();
      void replacePart(link.href, link.dataset.inPlace ?? "");
      return;
    }
    const away = /** @type {HTMLAnchorElement | null} */ (target.closest(".rail a, .switches a"));
    if (away && !away.dataset.part && isPlain) {
      event.preventDefault();
      void visit(away.href);
      return;
    }
    // A menu closes on a click elsewhere.
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(target)) menu.removeAttribute("open");
    }
  });
  // A run in progress: follow the events of the server and reload the page at the end.

  /** @param {HTMLElement} card */
  function followRun(card) {
    const list = card.querySelector(".stages");
    const source = new EventSource(card.dataset.runEvents ?? "");
    /** @param {any} told */
    const tell = (told) => {
      /** @type {HTMLElement | null | undefined} */
      let item = /** @type {any} */ (list?.lastElementChild);
      if (!item || item.firstElementChild?.textContent !== told.stage) {
        item?.removeAttribute("aria-current");
        item?.querySelector("progress")?.remove();
        item = document.createElement("li");
        item.setAttribute("aria-current", "step");
        for (const name of ["stage", "amount", "seconds"]) {
          const part = document.createElement("span");
          part.className = name;
          item.append(part);
        }
        list?.append(item);
      }
      const [name, amount, seconds] = /** @type {any} */ (item.querySelectorAll("span"));
      name.textContent = told.stage;
      seconds.textContent = `${told.seconds.toFixed(1)} s`;
      const word = (/** @type {number} */ n) => (told.unit === "bytes" ? `${(n / 1e6).toFixed(1)} MB` : `${n.toLocaleString("en")} ${told.unit}`);
      amount.textContent = told.total ? `${word(told.done)} of ${word(told.total)}` : told.done ? word(told.done) : "";
      if (told.share === null) return;
      let bar = item.querySelector("progress");
      if (!bar) {
        bar = document.createElement("progress");
        bar.max = 1;
        bar.setAttribute("aria-label", told.stage);
        item.append(bar);
      }
      bar.value = told.share * bar.max;
    };
    for (const kind of ["stage", "progress"]) source.addEventListener(kind, (event) => tell(JSON.parse(event.data)));
    // The server words the outcome.
    source.addEventListener("end", () => {
      source.close();
      window.location.reload();
    });
    let failures = 0;
    source.addEventListener("open", () => (failures = 0));
    source.addEventListener("error", () => {
      failures += 1;
      if (failures < 5 && source.readyState !== EventSource.CLOSED) return;
      source.close();
      const words = document.createElement("p");
      words.className = "banner";
      words.setAttribute("role", "status");
      words.textContent = "The server cannot be reached. Reload this page when it is running again.";
      card.prepend(words);
    });
  }

  // Checks for a newer run when the reader returns to the page, at most every ten seconds.

  let asked = 0;
  async function lookForNewer() {
    const { current, dataset } = document.body.dataset;
    if (!current || !dataset || document.hidden || performance.now() - asked < (asked ? 10_000 : 0)) return;
    asked = performance.now();
    try {
      const answer = await fetch(`/api/v1/d/${encodeURIComponent(dataset)}/current`, { headers: { accept: "application/json" } });
      if (!answer.ok || (await answer.json()).run_id === current || document.getElementById("newer")) return;
    } catch {
      return;
    }
    const words = document.createElement("p");
    words.id = "newer";
    words.className = "banner";
    words.setAttribute("role", "status");
    const link = document.createElement("a");
    link.href = window.location.pathname + window.location.search;
    link.textContent = "Show it";
    words.append("A newer run of this data set exists. ", link);
    document.getElementById("content")?.prepend(words);
  }
  window.addEventListener("focus", () => void lookForNewer());
  document.addEventListener("visibilitychange", () => void lookForNewer());

  // Moving between headings of the same page needs no reload.
  window.addEventListener("popstate", () => {
    if (window.location.pathname + window.location.search !== shownAddress) window.location.reload();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.removeAttribute("open");
      /** @type {HTMLElement | null} */ (menu.querySelector("summary"))?.focus();
    }
  });

  // Print in the light theme, and draw charts that were never scrolled into view.
  /** @type {string | undefined} */
  let themeBeforePrint;
  window.addEventListener("beforeprint", () => {
    themeBeforePrint = root.dataset.theme;
    root.dataset.theme = "light";
    for (const element of document.querySelectorAll("[data-chart]:not(.is-drawn)")) void show(/** @type {HTMLElement} */ (element));
    redraw();
  });
  window.addEventListener("afterprint", () => {
    if (themeBeforePrint) root.dataset.theme = themeBeforePrint;
    else delete root.dataset.theme;
    redraw();
  });
})();
