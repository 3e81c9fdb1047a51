// Compare losses: any losses of elements over one axis, with value, slope and curvature. Their formulas were printed from the
// cards when the book was built (lossbook/show/playgrounds.py). This file draws; what it draws first is drawn at build time as well.
const compareLosses = losses => {
  const COLOURS = ["loss", "prediction", "slope", "curvature", "variant", "positive", "target", "negative"];
  const AXES = {
    logit: {name: "logit", symbol: "z", soft: true, targets: [0, 1, .05], start: 1},
    margin: {name: "margin", symbol: "m", soft: false, targets: [0, 1, 1], start: 1},
    residual: {name: "residual", symbol: "ŷ − y", soft: true, targets: [-5, 5, .5], start: 2},
  };
  const PANELS = ["loss", "slope", "curvature"];
  const REACH = 6, STEP = .05, POINTS = 240;
  const WIDTH = 340, HEIGHT = 260, LEFT = 56, RIGHT = 332, TOP = 18, BOTTOM = 216;
  const byName = new Map(losses.map(loss => [loss.name, loss]));
  const escaped = text => text.replace(/[&<>"]/g, sign => ({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})[sign]);
  const minus = text => text.replace(/-(?=[\d.∞])/g, "−");
  const short = number => String(Math.round(number * 10) / 10 + 0);
  const within = (number, low, high) => Math.min(Math.max(number, low), high);

  // ---- what is chosen
  const offered = over => losses.filter(loss => over in loss.over);
  const fresh = name => ({name, at: byName.get(name).parameters.map(parameter => parameter.start)});
  // Where the sliders stand, and the values that they mean there.
  const values = ({name, at}) => byName.get(name).parameters.map((p, n) => p.log ? 10 ** at[n] : at[n]);
  const started = names => ({over: "logit", x: -2, y: AXES.logit.start, chosen: names.map(fresh)});
  // Another axis keeps the losses that it offers, and takes its first two where it offers none.
  const turned = (state, over) => {
    const kept = state.chosen.filter(({name}) => over in byName.get(name).over);
    const chosen = kept.length ? kept : offered(over).slice(0, 2).map(({name}) => fresh(name));
    return {...state, over, y: AXES[over].start, chosen};
  };
  const toggled = (state, name) => {
    const kept = state.chosen.filter(loss => loss.name !== name);
    return {...state, chosen: kept.length < state.chosen.length ? kept : [...kept, fresh(name)]};
  };

  // The address, in which parameters stand with their values: over=logit&y=1&x=-2&loss=sigmoid_focal_loss:0.25:2
  const written = state => [["over", state.over], ["y", state.y], ["x", state.x],
    ...state.chosen.map(chosen => ["loss", [chosen.name, ...values(chosen).map(value => Number(value.toPrecision(6)))].join(":")])].map(pair => pair.join("=")).join("&");
  const read = (address, otherwise) => {
    const found = new URLSearchParams(address.replace(/^#/, ""));
    const over = found.get("over");
    if (!Object.hasOwn(AXES, over)) return otherwise;
    const number = (text, low, high, fallback) =>
      text !== null && text.trim() !== "" && Number.isFinite(Number(text)) ? within(Number(text), low, high) : fallback;
    const position = ({low, high, start, log}, text) => log
      ? Number(Math.log10(number(text, 10 ** low, 10 ** high, 10 ** start)).toFixed(4)) : number(text, low, high, start);
    const chosen = new Map();
    for (const [name, ...at] of found.getAll("loss").map(text => text.split(":"))) {
      const loss = byName.get(name);
      if (loss && over in loss.over && chosen.size < COLOURS.length)
        chosen.set(name, {name, at: loss.parameters.map((p, n) => position(p, at[n] ?? null))});
    }
    const [low, high] = AXES[over].targets, y = number(found.get("y"), low, high, AXES[over].start);
    return {over, x: number(found.get("x"), -REACH, REACH, 0), y: AXES[over].soft ? y : Math.round(y), chosen: [...chosen.values()]};
  };

  // ---- numbers
  const inside = ([low, high], number) => number >= (low ?? -Infinity) && number <= (high ?? Infinity);
  const isDrawn = (loss, y) => !loss.hard || y === 0 || y === 1;
  // At a value of a parameter that the formula leaves out, its limit there, which the card proves.
  const formulas = (loss, at) => (loss.limits.find(limit => at[limit.parameter] === limit.at) ?? loss).over;
  // [value, slope, curvature], or nothing where the loss is not defined.
  const evaluate = (chosen, over, x, y) => {
    const loss = byName.get(chosen.name);
    if (!isDrawn(loss, y)) return null;
    const at = values(chosen), [prediction, ...found] = formulas(loss, at)[over](x, y, at);
    const defined = inside(loss.domains[0], prediction) && inside(loss.domains[1], y) && found.every(Number.isFinite);
    return defined ? found : null;
  };
  const answers = state => state.chosen.map(chosen => ({name: chosen.name, options: values(chosen), found: evaluate(chosen, state.over, state.x, state.y)}));

  // ---- drawing
  const across = x => LEFT + (x + REACH) / (2 * REACH) * (RIGHT - LEFT);
  const ticks = (low, high) => {
    const rough = (high - low) / 5, unit = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map(n => n * unit).find(n => n >= rough * .999);
    const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
    return Array.from({length: last - first + 1}, (_, n) => Number(((first + n) * step).toPrecision(12)));
  };
  // A curve that dwarfs the others leaves the panel: nothing is shown beyond three times what the lower half of them reaches.
  const range = curves => {
    const all = curves.map(ys => ys.filter(Number.isFinite));
    const ends = all.map(ys => Math.max(0, ...ys.map(Math.abs))).filter(end => end > 0).sort((a, b) => a - b);
    const most = 3 * (ends[Math.floor((ends.length - 1) / 2)] ?? 0);
    const low = Math.max(Math.min(0, ...all.flat()), -most);
    let high = Math.min(Math.max(0, ...all.flat()), most);
    if (high - low < 1e-9) high = low + 1;
    const [first, second] = ticks(low, high), step = second - first;
    return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
  };
  const grid = ([low, high], down, over, title) => {
    const lines = [], words = [];
    for (const x of ticks(-REACH, REACH)) {
      lines.push(`<path d="M${short(across(x))} ${TOP}V${BOTTOM}"/>`);
      words.push(`<text x="${short(across(x))}" y="${BOTTOM + 16}" text-anchor="middle">${minus(String(x))}</text>`);
    }
    for (const y of ticks(low, high)) {
      lines.push(`<path d="M${LEFT} ${short(down(y))}H${RIGHT}"/>`);
      words.push(`<text x="${LEFT - 6}" y="${short(down(y) + 4)}" text-anchor="end">${minus(String(y))}</text>`);
    }
    const {name, symbol} = AXES[over], middle = (TOP + BOTTOM) / 2;
    return `<g class="lb-grid" stroke-opacity=".3">${lines.join("")}</g><g class="lb-ticks">${words.join("")}`
      + `<text x="${(LEFT + RIGHT) / 2}" y="${BOTTOM + 36}" text-anchor="middle">${name} ${symbol}</text>`
      + `<text transform="translate(13 ${middle}) rotate(-90)" text-anchor="middle">${title}</text></g>`;
  };
  const path = (ys, down, reach) => {
    let pen = "M", drawn = "";
    ys.forEach((y, n) => {
      if (!Number.isFinite(y)) { pen = "M"; return; }
      drawn += `${pen}${short(LEFT + n / POINTS * (RIGHT - LEFT))} ${short(within(down(y), TOP - reach, BOTTOM + reach))}`;
      pen = "L";
    });
    return drawn;
  };
  const panels = state => {
    const traced = state.chosen.map(chosen => Array.from({length: POINTS + 1}, (_, n) =>
      evaluate(chosen, state.over, (n / POINTS * 2 - 1) * REACH, state.y) ?? [NaN, NaN, NaN]));
    const here = answers(state).map(({found}) => found);
    return PANELS.map((title, order) => {
      const curves = traced.map(points => points.map(point => point[order]));
      const [low, high] = range(curves);
      const down = y => BOTTOM - (y - low) / (high - low) * (BOTTOM - TOP);
      const drawn = curves.map((ys, n) => {
        const line = `<path class="lb-line" style="stroke:var(--fig-${COLOURS[n]})" fill="none" d="${path(ys, down, BOTTOM - TOP)}"/>`;
        const at = Math.round((n + 1) / (curves.length + 1) * POINTS), height = down(ys[at]);
        const letter = height > TOP + 14 && height < BOTTOM ? `<text class="lb-text lb-letter" text-anchor="middle" x="${short(LEFT + at / POINTS * (RIGHT - LEFT))}" `
          + `y="${short(height - 6)}" style="fill:var(--fig-${COLOURS[n]})">${"ABCDEFGH"[n]}</text>` : "";
        return line + letter;
      });
      const dots = here.map((found, n) => found && found[order] >= low && found[order] <= high
        ? `<circle class="lb-dot" r="5" cx="${short(across(state.x))}" cy="${short(down(found[order]))}" style="fill:var(--fig-${COLOURS[n]})"/>` : "");
      const guide = `<path class="lb-guide" d="M${short(across(state.x))} ${TOP}V${BOTTOM}"/>`;
      return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" font-size="12" font-family="inherit" aria-hidden="true">${grid([low, high], down, state.over, title)}`
        + `<clipPath id="compare-${order}"><rect x="${LEFT}" y="${TOP - 6}" width="${RIGHT - LEFT + 6}" height="${BOTTOM - TOP + 12}"/></clipPath>`
        + `<g clip-path="url(#compare-${order})" stroke-width="2">${guide}${drawn.join("")}${dots.join("")}</g></svg>`;
    }).join("");
  };
  const cell = number => `<td><data value="${number}">${minus(Math.abs(number) >= 1e5 || (number && Math.abs(number) < 1e-4)
    ? number.toExponential(3) : number.toFixed(4))}</data></td>`;
  const table = state => {
    const rows = answers(state).map(({name, found}, n) => {
      const why = isDrawn(byName.get(name), state.y) ? "not defined here" : "takes only the labels 0 and 1";
      return `<tr><th scope="row"><b style="color:var(--fig-${COLOURS[n]})">${"ABCDEFGH"[n]}</b> ${escaped(byName.get(name).title)}</th>`
        + (found ? found.map(cell).join("") : `<td colspan="3">${why}</td>`) + "</tr>";
    });
    return `<table><thead><tr><th scope="col">loss</th>${PANELS.map((title, n) => `<th scope="col">${n ? title : "value"}</th>`).join("")}</tr></thead>`
      + `<tbody>${rows.join("") || '<tr><td colspan="4">Choose a loss.</td></tr>'}</tbody></table>`;
  };
  const place = ({over, x, y}) => minus(`${AXES[over].symbol} = ${x.toFixed(2)}, ${over === "residual" ? "target" : "label"} y = ${y}`);
  const said = (parameter, at) => `${parameter.symbol} = ${Number((parameter.log ? 10 ** at : at).toPrecision(3))}`;

  // ---- controls
  const slider = (key, label, [low, high, step], at, text) =>
    `<div class="lb-control"><label for="compare-${key}">${label}</label><output for="compare-${key}">${minus(text)}</output>`
    + `<input type="range" id="compare-${key}" data-key="${key}" min="${low}" max="${high}" step="${step}" value="${at}" aria-valuetext="${minus(text)}"></div>`;
  const axes = state => `<fieldset class="lb-control lb-choice"><legend>Over the</legend><div>${Object.keys(AXES).map(over =>
    `<label><input type="radio" name="compare-over" value="${over}"${over === state.over ? " checked" : ""}><span>${over}</span></label>`).join("")}</div></fieldset>`;
  const list = state => {
    const box = ({name, title}) => {
      const order = state.chosen.findIndex(chosen => chosen.name === name);
      const full = order < 0 && state.chosen.length === COLOURS.length;
      return `<label><input type="checkbox" value="${name}"${order < 0 ? "" : " checked"}${full ? " disabled" : ""}> <span>${escaped(title)}</span></label>`;
    };
    const found = offered(state.over), families = [...new Set(found.map(loss => loss.family))];
    const group = family => {
      const own = found.filter(loss => loss.family === family);
      const open = own.some(({name}) => state.chosen.some(chosen => chosen.name === name));
      return `<details class="lb-family" data-family="${family}"${open ? " open" : ""}><summary>${family[0].toUpperCase()}${family.slice(1)} <small>${own.length}</small></summary>`
        + `${own.map(box).join("")}</details>`;
    };
    return `<fieldset class="lb-list"><legend>${state.over === "residual" ? "Losses of a number ŷ" : "Losses; of a probability or a number at σ(z)"}</legend>`
      + `<input type="search" aria-label="Find a loss" placeholder="Find a loss" autocomplete="off">${families.map(group).join("")}</fieldset>`;
  };
  const sliders = state => {
    const {targets, symbol} = AXES[state.over];
    const own = state.chosen.flatMap(({name, at}, n) => byName.get(name).parameters.map((parameter, k) =>
      slider(`${name}-${k}`, `<b style="color:var(--fig-${COLOURS[n]})">${"ABCDEFGH"[n]}</b> ${escaped(byName.get(name).title)}, <code>${parameter.option}</code>`,
        [parameter.low, parameter.high, parameter.step], at[k], said(parameter, at[k]))));
    return slider("x", `Place, ${AXES[state.over].name} ${symbol}`, [-REACH, REACH, STEP], state.x, `${symbol} = ${state.x.toFixed(2)}`)
      + slider("y", state.over === "residual" ? "Target" : "Label", targets, state.y, `y = ${state.y}`) + own.join("");
  };
  const markup = state => ({axes: axes(state), list: list(state), panels: panels(state), place: place(state), table: table(state), sliders: sliders(state)});

  // ---- the page
  const start = (root, names) => {
    const part = name => root.querySelector(`[data-part="${name}"]`);
    let state = started(names), timer, sought = "";
    const fill = parts => { const html = markup(state); for (const name of parts) part(name).innerHTML = html[name]; };
    // A search unfolds the families that have what is sought, and hides the other losses.
    const sift = () => {
      for (const family of part("list").querySelectorAll(".lb-family")) {
        for (const label of family.querySelectorAll("label"))
          label.hidden = !`${label.textContent} ${label.firstElementChild.value}`.toLowerCase().includes(sought);
        family.hidden = !family.querySelector("label:not([hidden])");
        if (sought) family.open = true;
      }
    };
    // The list is drawn anew, and stays as it was folded.
    const relist = () => {
      const folded = new Map([...part("list").querySelectorAll(".lb-family")].map(({dataset, open}) => [dataset.family, open]));
      const text = part("list").querySelector("[type=search]")?.value ?? "";
      fill(["list"]);
      for (const family of part("list").querySelectorAll(".lb-family")) family.open = folded.get(family.dataset.family) || family.open;
      part("list").querySelector("[type=search]").value = text;
      sift();
    };
    const remember = () => {
      clearTimeout(timer);
      timer = setTimeout(() => history.replaceState(null, "", `#${written(state)}`), 200);
    };
    // A slider that is being moved stays the element that it is.
    const refresh = () => {
      fill(["panels", "table"]);
      part("place").textContent = place(state);
      for (const input of part("sliders").querySelectorAll("input")) {
        const [at, text] = reading(input.dataset.key);
        input.value = at;
        input.setAttribute("aria-valuetext", minus(text));
        input.previousElementSibling.textContent = minus(text);
      }
    };
    const owner = key => [state.chosen.find(({name}) => key.startsWith(`${name}-`) && /^\d+$/.test(key.slice(name.length + 1))), Number(key.match(/\d*$/)[0])];
    const reading = key => {
      if (key === "x") return [state.x, `${AXES[state.over].symbol} = ${state.x.toFixed(2)}`];
      if (key === "y") return [state.y, `y = ${state.y}`];
      const [{name, at}, k] = owner(key);
      return [at[k], said(byName.get(name).parameters[k], at[k])];
    };
    const whole = () => {
      fill(["axes", "panels", "table", "sliders"]);
      relist();
      part("place").textContent = place(state);
    };
    const follow = () => { state = read(location.hash, state); whole(); };
    part("sliders").addEventListener("input", ({target}) => {
      const {key} = target.dataset, at = Number(target.value);
      if (key === "x" || key === "y") state = {...state, [key]: at};
      else { const [chosen, k] = owner(key); chosen.at[k] = at; }
      refresh();
      remember();
    });
    part("list").addEventListener("input", ({target}) => {
      if (target.type !== "search") return;
      sought = target.value.trim().toLowerCase();
      sift();
    });
    root.addEventListener("change", ({target}) => {
      if (target.type !== "radio" && target.type !== "checkbox") return;
      const same = `[value="${target.value}"]`, from = target.type === "radio" ? "axes" : "list";
      state = target.type === "radio" ? turned(state, target.value) : toggled(state, target.value);
      whole();
      part(from).querySelector(same)?.focus({preventScroll: true});
      remember();
    });
    const drag = event => {
      const svg = event.target.closest("svg") ?? part("panels").querySelector("svg");
      const {x} = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      const found = (x - LEFT) / (RIGHT - LEFT) * 2 * REACH - REACH;
      state = {...state, x: Number((within(Math.round(found / STEP) * STEP, -REACH, REACH)).toFixed(2))};
      refresh();
      remember();
    };
    let held = null;
    part("panels").addEventListener("pointerdown", event => {
      if (!event.target.closest("svg")) return;
      // The panels are drawn anew while one drags: what is captured must not be one of them.
      part("panels").setPointerCapture(event.pointerId);
      held = [...part("panels").children].indexOf(event.target.closest("svg"));
      drag({clientX: event.clientX, clientY: event.clientY, target: part("panels").children[held]});
    });
    part("panels").addEventListener("pointermove", event => {
      if (held !== null) drag({clientX: event.clientX, clientY: event.clientY, target: part("panels").children[held]});
    });
    part("panels").addEventListener("lostpointercapture", () => { held = null; });
    addEventListener("hashchange", follow);
    root.answers = () => ({...state, answers: answers(state)});
    follow();
    root.classList.add("lb-live");
    for (const controls of root.querySelectorAll(".lb-controls")) controls.hidden = false;
  };
  return {started, markup, answers, start};
};
if (typeof document !== "undefined")
  for (const root of document.querySelectorAll(".lb-compare")) compareLosses(lossbookFormulas).start(root, root.dataset.start.split(" "));
