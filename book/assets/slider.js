// Moves the book's figures. Each frame was computed when the chapter was executed; this only puts the stored
// attributes in place. Without it the first frame stands, complete, and controls and handles stay hidden.
for (const figure of document.querySelectorAll(".lb-slider")) {
  const source = figure.querySelector('script[type="application/json"]');
  const inputs = [...figure.querySelectorAll("input[data-axis]")];
  if (!source || !inputs.length) continue;
  const {axes, moves, readout} = JSON.parse(source.textContent);
  const line = figure.querySelector(".lb-readout > span");
  const handles = [...figure.querySelectorAll(".lb-handle")];
  const marked = new Map([...figure.querySelectorAll("[data-move]")].map(element => [element.dataset.move, element]));
  // A browser that restores a form's state would show controls that the first frame does not agree with.
  for (const input of inputs) {
    input.value = input.type === "range" ? input.defaultValue : input.value;
    input.checked = input.defaultChecked;
  }
  const at = axes.map((_, axis) => Number(
    inputs.find(input => Number(input.dataset.axis) === axis && (input.type === "range" || input.checked)).value));

  // Values are stored row-major over the axes they depend on.
  const frame = (by, values, where) => values[by.reduce((index, axis) => index * axes[axis].length + where[axis], 0)];
  const set = (element, text) => { if (element && element.textContent !== text) element.textContent = text; };

  const show = () => {
    for (const input of inputs) {
      const axis = input.dataset.axis;
      if (input.type === "radio") {
        input.checked = Number(input.value) === at[axis];
        continue;
      }
      input.value = at[axis];
      input.setAttribute("aria-valuetext", axes[axis][at[axis]]);
      set(input.parentElement.querySelector("output > span"), axes[axis][at[axis]]);
    }
    for (const {target, attr, by, values} of moves) {
      const element = marked.get(target), value = frame(by, values, at);
      if (attr === "text") set(element, value);
      else element?.setAttribute(attr, value);
    }
    for (const handle of handles) {
      const dragged = handle.dataset.drag.split(" ").map(Number);
      handle.setAttribute("aria-valuenow", at[dragged[0]]);
      handle.setAttribute("aria-valuetext", dragged.map(axis => axes[axis][at[axis]]).join(", "));
    }
    if (readout) set(line, frame(readout.by, readout.values, at));
  };
  const move = (axis, position) => {
    at[axis] = Math.min(Math.max(position, 0), axes[axis].length - 1);
    show();
  };

  for (const input of inputs)
    input.addEventListener("input", () => move(Number(input.dataset.axis), Number(input.value)));

  for (const handle of handles) {
    const dragged = handle.dataset.drag.split(" ").map(Number);
    const path = name => moves.find(m => m.target === handle.dataset.move && m.attr === name);
    const [xs, ys] = [path("cx"), path("cy")];
    let held = at;
    // All positions of the dragged controls, the others as they are: the one whose place is nearest to the pointer, and
    // of equal places the one that is nearest to where the dragging began.
    const nearest = (x, y) => {
      let best = Infinity, found = at;
      const visit = (where, rest) => {
        if (rest.length) {
          for (let k = 0; k < axes[rest[0]].length; k++) visit(Object.assign([...where], {[rest[0]]: k}), rest.slice(1));
          return;
        }
        const away = where.reduce((sum, position, axis) => sum + Math.abs(position - held[axis]), 0);
        const far = (frame(xs.by, xs.values, where) - x) ** 2 + (frame(ys.by, ys.values, where) - y) ** 2 + away / 1e6;
        if (far < best) [best, found] = [far, where];
      };
      visit(at, dragged);
      return found;
    };
    const drag = event => {
      const {x, y} = new DOMPoint(event.clientX, event.clientY).matrixTransform(handle.ownerSVGElement.getScreenCTM().inverse());
      nearest(x, y).forEach((position, axis) => at[axis] = position);
      show();
    };
    handle.addEventListener("pointerdown", event => {
      event.preventDefault();
      handle.focus({focusVisible: false});
      handle.setPointerCapture(event.pointerId);
      held = [...at];
      handle.classList.add("lb-held");
    });
    handle.addEventListener("pointermove", event => { if (handle.hasPointerCapture(event.pointerId)) drag(event); });
    handle.addEventListener("lostpointercapture", () => handle.classList.remove("lb-held"));
    handle.addEventListener("keydown", event => {
      const [across, up] = [dragged[0], dragged.at(-1)];
      const [axis, position] = {
        ArrowRight: [across, at[across] + 1], ArrowLeft: [across, at[across] - 1],
        ArrowUp: [up, at[up] + 1], ArrowDown: [up, at[up] - 1],
        PageUp: [up, at[up] + 5], PageDown: [up, at[up] - 5],
        Home: [across, 0], End: [across, Infinity],
      }[event.key] ?? [];
      if (axis === undefined) return;
      event.preventDefault();
      move(axis, position);
    });
  }
  figure.querySelector(".lb-controls").hidden = false;
  figure.classList.add("lb-live");
}
