// Run in a page: what a reader of this page meets. Returns plain data; checks.py judges it.
() => {
  const root = document.documentElement;
  const style = new Map();
  const styled = e => { if (!style.has(e)) style.set(e, getComputedStyle(e)); return style.get(e); };
  const box = new Map();
  const boxed = e => { if (!box.has(e)) box.set(e, e.getBoundingClientRect()); return box.get(e); };
  const seen = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const name = e => {
    const words = (e.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    const classes = e.getAttribute("class");
    return `<${e.localName}${e.id ? "#" + e.id : ""}${classes ? "." + classes.trim().split(/\s+/).join(".") : ""}> ${words}`;
  };
  const clips = value => value === "hidden" || value === "clip";
  const scrolls = value => value === "auto" || value === "scroll";

  // What stands outside the window, or is cut off by an ancestor that does not scroll.
  const unreachable = [];
  const judge = e => {
    let {left, right, top, bottom, width, height} = boxed(e);
    if (width < 2 || height < 2) return;  // for screen readers alone
    for (let a = e.parentElement; a && a !== document.body; a = a.parentElement) {
      const s = styled(a), edge = boxed(a);
      if (s.clip !== "auto") return;  // for screen readers alone
      if (scrolls(s.overflowX)) { left = edge.left; right = edge.right; }
      else if (clips(s.overflowX) && (left < edge.left - 1 || right > edge.right + 1))
        return unreachable.push(`${name(e)} is cut off at the side by ${name(a)}`);
      if (scrolls(s.overflowY)) { top = edge.top; bottom = edge.bottom; }
      // Half a line: a line box is higher than its letters.
      else if (clips(s.overflowY) && (top < edge.top - 8 || bottom > edge.bottom + 8))
        return unreachable.push(`${name(e)} is cut off above or below by ${name(a)}`);
    }
    if (left < -1 || right > root.clientWidth + 1)
      unreachable.push(`${name(e)} reaches from ${Math.round(left)} to ${Math.round(right)}, the window to ${root.clientWidth}`);
  };
  // What is wider than the box that it stands in, where nothing wraps and nothing is seen to scroll: it covers what stands beside.
  const hidesScrolling = e => e.scrollWidth > e.clientWidth + 1 && styled(e).scrollbarWidth === "none";
  const spilling = e => {
    let a = e.parentElement;
    while (/^(inline|contents)$/.test(styled(a).display) && !scrolls(styled(a).overflowX)) a = a.parentElement;
    if (scrolls(styled(a).overflowX)) return hidesScrolling(a) && `${name(a)} scrolls and does not show it`;
    const over = Math.round(boxed(e).right - boxed(a).right);
    return over > 2 && `${name(e)} is wider than ${name(a)} by ${over} pixels`;
  };
  for (const e of document.querySelectorAll(".bd-article :is(pre, table, svg.lb-figure, code, .katex-html > *)")) {
    if (!seen(e) || boxed(e).width < 2) continue;
    const fault = e.localName === "pre" && hidesScrolling(e) ? `${name(e)} scrolls and does not show it`
      : e.localName === "pre" && styled(e).overflowX === "visible" && e.scrollWidth > e.clientWidth + 1 ? `${name(e)} has lines that are longer` : spilling(e);
    if (fault) unreachable.push(fault);
  }
  // Of a formula, the boxes that a line may break between; what is in a box lies within it.
  for (const e of document.body.querySelectorAll(":not(.katex *), .katex-html > *")) {
    const shows = /^(img|svg|input|button|canvas|video|table)$/.test(e.localName) || e.parentElement.matches(".katex-html");
    const speaks = [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
    if (!shows && !speaks) continue;
    if (e.closest("script, style, noscript, template, clipPath, defs, .skip-link")) continue;
    if (!seen(e)) continue;
    judge(e);
    const s = styled(e);
    if (speaks && e.clientWidth > 2 && clips(s.overflowX) && s.clip === "auto" && e.scrollWidth > e.clientWidth + 1)
      unreachable.push(`${name(e)} cuts off its own text`);
  }

  const katex = [...document.querySelectorAll(".katex")];
  const visible = katex.filter(e => seen(e) && e.getClientRects().length);
  return {
    theme: root.dataset.theme ?? null,
    sideways: [root.scrollWidth, root.clientWidth],
    unreachable,
    formulas: katex.length,
    rejected: [...document.querySelectorAll(".katex-error")].map(name),
    flat: visible.filter(e => boxed(e).height < 5 || boxed(e).width < 3).map(name),
    // Without the style sheet the MathML stands beside the layout, and every formula is read twice.
    doubled: visible.filter(e => e.querySelector(".katex-mathml")?.offsetWidth > 2).map(name),
    fonts: [...document.fonts].filter(f => f.status === "loaded").map(f => f.family.replaceAll('"', "")),
    broken: [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src),
  };
}
