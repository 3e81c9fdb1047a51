// Paint a mask: a true and a predicted mask of 16 × 16 pixels, what every loss of masks says of them, and the slope at each pixel.
// The formulas were printed from the cards when the book was built (lossbook/show/playgrounds.py); what is written here is how sums
// over pixels and over ranks are taken. What is drawn first is drawn at build time as well.
const paintMask = ({losses, options: shared, link}) => {
  const SIDE = 16, LEVELS = [.01, .25, .5, .75, .99];
  const GRIDS = {truth: "True mask", prediction: "Predicted mask", slope: "Slope"};
  const LEGEND = {slope: ': <b style="color:var(--fig-positive)">raise</b>, <b style="color:var(--fig-negative)">lower</b>'};
  const pixels = Array.from({length: SIDE * SIDE}, (_, n) => n);
  const mask = rule => pixels.map(n => rule(n % SIDE, Math.floor(n / SIDE)));
  const box = (left, top, width, height) => (x, y) => x >= left && x < left + width && y >= top && y < top + height;
  const far = (x, y) => Math.hypot(x - 7.5, y - 7.5);
  const PRESETS = {
    "Soft edge": [(x, y) => far(x, y) < 4.6, (x, y) => LEVELS[Math.min(Math.max(Math.round(6.2 - far(x - 1, y)), 0), 4)]],
    "Empty mask": [() => false, (x, y) => box(3, 4, 3, 2)(x, y) ? .5 : box(11, 10, 2, 2)(x, y) ? .25 : .01],
    "One pixel off": [box(4, 4, 6, 6), (x, y) => box(5, 4, 6, 6)(x, y) ? .99 : .01],
    "Tiny object": [box(11, 3, 2, 2), (x, y) => box(3, 9, 2, 1)(x, y) ? .25 : .01],
  };
  const preset = name => ({preset: name, g: mask(PRESETS[name][0]).map(Number), p: mask(PRESETS[name][1])});
  const started = () => ({...preset("Soft edge"), brush: .99, loss: losses[1].name, of: "probability", pixel: 7 * SIDE + 12,
    options: Object.fromEntries(shared.map(({option, start}) => [option, start]))});
  const minus = text => text.replace(/-(?=[\d.∞])/g, "−");
  const written = number => minus(!Number.isFinite(number) ? String(number).replace("Infinity", "∞") : number && Math.abs(number) < 1e-4 ? number.toExponential(2) : number.toFixed(4));

  // ---- numbers
  const times = (weight, slope) => slope ? weight * slope : 0;  // 0 · ∞ = 0: a sum that does not change adds no slope
  const zeros = count => Array(count).fill(0);
  const inSums = (loss, p, g, a) => {
    const terms = p.map((_, n) => loss.terms(p[n], g[n], a)), count = terms[0].length / 2;
    const sums = terms.reduce((total, term) => total.map((sum, k) => sum + term[k]), zeros(count));
    const [value, ...weights] = loss.whole(sums, p.length, a);
    return {value, slopes: terms.map(term => weights.reduce((slope, weight, k) => slope + times(weight, term[count + k]), 0))};
  };
  // The one thing that no card states as a formula: the order of the errors, largest first. Equal ones keep their places.
  const inRanks = (loss, p, g) => {
    const scores = p.map(loss.score), errors = scores.map(([score], n) => loss.error(score, g[n]));
    const order = errors.map((_, n) => n).sort((one, other) => errors[other][2] - errors[one][2]);
    const total = g.reduce((sum, label) => sum + label, 0), slopes = zeros(p.length);
    const share = (missed, marked) => loss.share(missed, marked, total)[0] || 0;  // 0/0 for the empty set, whose value is 0
    let missed = 0, marked = 0, before = share(0, 0), value = 0;
    for (const n of order) {
      if (g[n]) missed += 1; else marked += 1;
      const after = share(missed, marked), [error, slope] = errors[n];
      value += (after - before) * error;
      slopes[n] = (after - before) * slope * scores[n][1];
      before = after;
    }
    return {value, slopes};
  };
  const answers = ({p, g, options}) => losses.map(loss => {
    const found = loss.kind === "ranks" ? inRanks(loss, p, g) : inSums(loss, p, g, loss.options.map(name => options[name]));
    return {name: loss.name, ...found};
  });
  const seen = (state, slopes) => state.of === "probability" ? slopes : slopes.map((slope, n) => slope * link(state.p[n])[0]);
  const largest = slopes => slopes.reduce((best, slope) => Math.max(best, Math.abs(slope)), 0);

  // ---- drawing
  const outline = g => pixels.map(n => {
    const [x, y] = [n % SIDE, Math.floor(n / SIDE)], own = g[n];
    const right = x < SIDE - 1 && g[n + 1] !== own ? `M${x + 1} ${y}v1` : "";
    return right + (y < SIDE - 1 && g[n + SIDE] !== own ? `M${x} ${y + 1}h1` : "");
  }).join("");
  const fill = (state, name, slopes, most) => {
    if (name === "truth") return n => ["target", state.g[n]];
    if (name === "prediction") return n => ["prediction", state.p[n]];
    return n => [slopes[n] < 0 ? "positive" : "negative", most ? Math.abs(slopes[n]) / most : 0];
  };
  const shade = ([role, strength]) => `fill:var(--fig-${role});fill-opacity:${Math.round(strength * 1000) / 1000}`;
  const square = (n, style) => `<rect x="${n % SIDE + .03}" y="${Math.floor(n / SIDE) + .03}" width=".94" height=".94" style="${style}"/>`;
  const picture = (state, name, slopes, most) => {
    const shaded = fill(state, name, slopes, most);
    return `<svg viewBox="0 0 ${SIDE} ${SIDE}" aria-hidden="true"><rect class="lb-ground" width="${SIDE}" height="${SIDE}"/>`
      + `<g>${pixels.map(n => square(n, shade(shaded(n)))).join("")}</g><path class="lb-outline" d="${outline(state.g)}"/>`
      + `<rect class="lb-cursor" width="1" height="1" x="${state.pixel % SIDE}" y="${Math.floor(state.pixel / SIDE)}"/></svg>`;
  };
  const grids = state => {
    const slopes = seen(state, answers(state).find(({name}) => name === state.loss).slopes);
    return Object.entries(GRIDS).map(([name, title]) => {
      const how = name === "slope" ? 'role="img"' : 'role="application" tabindex="0" aria-describedby="paint-keys"';
      return `<div class="lb-mask"><div class="lb-grid16" data-grid="${name}" ${how} aria-label="${title}, 16 by 16 pixels">${picture(state, name, slopes, largest(slopes))}</div>`
        + `<p>${title}${LEGEND[name] ?? ""}</p></div>`;
    }).join("");
  };
  const row = (loss, {value, slopes}, state) => {
    const shown = seen(state, slopes), pressed = loss.name === state.loss ? " checked" : "";
    return `<tr><th scope="row"><label><input type="radio" name="paint-loss" value="${loss.name}"${pressed}> <span>${loss.title}</span></label></th>`
      + [value, shown[state.pixel], largest(shown)].map(number => `<td>${written(number)}</td>`).join("") + "</tr>";
  };
  const table = state => {
    const found = answers(state);
    return `<table><thead><tr>${["loss", "value", "slope here", "largest"].map(word => `<th scope="col">${word}</th>`).join("")}</tr></thead>`
      + `<tbody>${losses.map((loss, n) => row(loss, found[n], state)).join("")}</tbody></table>`;
  };
  const place = ({pixel, g, p}) => `Row ${Math.floor(pixel / SIDE) + 1}, column ${pixel % SIDE + 1}: truth ${g[pixel]}, prediction ${p[pixel].toFixed(2)}`;
  const choice = (key, legend, entries, pressed) => `<fieldset class="lb-control lb-choice"><legend>${legend}</legend><div>${entries.map(entry =>
    `<label><input type="radio" name="paint-${key}" value="${entry}"${entry === pressed ? " checked" : ""}><span>${entry}</span></label>`).join("")}</div></fieldset>`;
  const presets = () => Object.keys(PRESETS).map(name => `<button type="button" value="${name}">${name}</button>`).join("");
  const tools = state => choice("brush", "Brush for the prediction", LEVELS, state.brush) + choice("of", "Slope in the", ["probability", "logit"], state.of);
  const said = ({symbol, option}, state) => `${symbol} = ${Number(state.options[option].toFixed(2))}`;
  const sliders = state => shared.map(parameter => {
    const {option, low, high, step} = parameter, text = said(parameter, state);
    return `<div class="lb-control"><label for="paint-${option}"><code>${option}</code></label><output for="paint-${option}">${text}</output>`
      + `<input type="range" id="paint-${option}" data-option="${option}" min="${low}" max="${high}" step="${step}" value="${state.options[option]}" aria-valuetext="${text}"></div>`;
  }).join("");
  const markup = state => ({presets: presets(), tools: tools(state), grids: grids(state), place: place(state), table: table(state), sliders: sliders(state)});

  // ---- the page
  const start = root => {
    const part = name => root.querySelector(`[data-part="${name}"]`);
    let state = started();
    for (const [name, html] of Object.entries(markup(state))) part(name).innerHTML = html;
    const grid = Object.fromEntries(Object.keys(GRIDS).map(name => [name, root.querySelector(`[data-grid="${name}"]`)]));
    const rows = [...part("table").querySelectorAll("tbody tr")];
    const refresh = () => {
      const found = answers(state), slopes = seen(state, found.find(({name}) => name === state.loss).slopes), most = largest(slopes);
      for (const [name, area] of Object.entries(grid)) {
        const shaded = fill(state, name, slopes, most);
        area.querySelectorAll("g rect").forEach((pixel, n) => pixel.setAttribute("style", shade(shaded(n))));
        area.querySelector(".lb-outline").setAttribute("d", outline(state.g));
        area.querySelector(".lb-cursor").setAttribute("x", state.pixel % SIDE);
        area.querySelector(".lb-cursor").setAttribute("y", Math.floor(state.pixel / SIDE));
      }
      found.forEach(({value, slopes: own}, n) => {
        const shown = seen(state, own);
        [value, shown[state.pixel], largest(shown)].forEach((number, k) => { rows[n].cells[k + 1].textContent = written(number); });
      });
      part("place").textContent = place(state);
    };
    const paint = (name, pixel, value) => { state[name === "truth" ? "g" : "p"][pixel] = value; };
    const colour = (name, pixel) => name === "truth" ? 1 - state.g[pixel] : state.brush;
    const under = (area, event) => {
      const {left, top, width, height} = area.getBoundingClientRect();
      const at = (from, size, start) => Math.min(Math.max(Math.floor((from - start) / size * SIDE), 0), SIDE - 1);
      return [at(event.clientX, width, left), at(event.clientY, height, top)];
    };
    for (const [name, area] of Object.entries(grid)) {
      let stroke = null;
      area.addEventListener("pointermove", event => {
        const [x, y] = under(area, event);
        if (stroke) {
          // A fast hand is seen at a few places only: the pixels between them are painted too.
          const steps = Math.max(Math.abs(x - stroke.x), Math.abs(y - stroke.y));
          for (let n = 1; n <= steps; n++)
            paint(name, Math.round(stroke.y + (y - stroke.y) * n / steps) * SIDE + Math.round(stroke.x + (x - stroke.x) * n / steps), stroke.value);
          Object.assign(stroke, {x, y});
        }
        state.pixel = y * SIDE + x;
        refresh();
      });
      if (name === "slope") continue;
      area.addEventListener("pointerdown", event => {
        event.preventDefault();
        area.focus({focusVisible: false, preventScroll: true});
        area.setPointerCapture(event.pointerId);
        const [x, y] = under(area, event);
        state.pixel = y * SIDE + x;
        stroke = {x, y, value: colour(name, state.pixel)};
        paint(name, state.pixel, stroke.value);
        refresh();
      });
      area.addEventListener("lostpointercapture", () => { stroke = null; });
      area.addEventListener("keydown", event => {
        const [x, y] = [state.pixel % SIDE, Math.floor(state.pixel / SIDE)];
        const to = {ArrowLeft: [x - 1, y], ArrowRight: [x + 1, y], ArrowUp: [x, y - 1], ArrowDown: [x, y + 1],
          Home: [0, y], End: [SIDE - 1, y], PageUp: [x, 0], PageDown: [x, SIDE - 1]}[event.key];
        if (to) state.pixel = Math.min(Math.max(to[1], 0), SIDE - 1) * SIDE + Math.min(Math.max(to[0], 0), SIDE - 1);
        else if (event.key === " " || event.key === "Enter") paint(name, state.pixel, colour(name, state.pixel));
        else return;
        event.preventDefault();
        refresh();
      });
    }
    part("presets").addEventListener("click", ({target}) => {
      if (!target.value) return;
      Object.assign(state, preset(target.value));
      refresh();
    });
    root.addEventListener("input", ({target}) => {
      const {option} = target.dataset;
      if (option) {
        state.options[option] = Number(target.value);
        const text = said(shared.find(parameter => parameter.option === option), state);
        target.setAttribute("aria-valuetext", text);
        target.previousElementSibling.textContent = text;
      } else if (target.name === "paint-brush") state.brush = Number(target.value);
      else if (target.name === "paint-of") state.of = target.value;
      else if (target.name === "paint-loss") state.loss = target.value;
      refresh();
    });
    root.answers = () => ({...state, scores: Object.fromEntries(losses.filter(loss => loss.score).map(loss =>
      [loss.name, state.p.map(p => loss.score(p))])), answers: answers(state)});
    root.classList.add("lb-live");
    for (const controls of root.querySelectorAll(".lb-controls")) controls.hidden = false;
  };
  return {started, preset, presets: Object.keys(PRESETS), answers, markup, start};
};
if (typeof document !== "undefined")
  for (const root of document.querySelectorAll(".lb-paint")) paintMask(lossbookFormulas).start(root);
