// Moves the book's slider figures. Each frame was computed when the chapter was executed; this only puts
// the stored attributes in place. Without it the first frame stands, complete, and the sliders stay hidden.
for (const figure of document.querySelectorAll(".lb-slider")) {
  const source = figure.querySelector('script[type="application/json"]');
  const inputs = [...figure.querySelectorAll('input[type="range"][data-axis]')];
  if (!source || !inputs.length) continue;
  const {axes, moves, readout} = JSON.parse(source.textContent);
  const line = figure.querySelector(".lb-readout");
  const targets = moves.map(move =>
    [...figure.querySelectorAll("[data-move]")].filter(element => element.dataset.move === move.target));

  // Values are stored row-major over the axes they depend on.
  const frame = (by, values, at) => values[by.reduce((index, axis) => index * axes[axis].length + at[axis], 0)];

  const update = () => {
    const at = [];
    for (const input of inputs) at[input.dataset.axis] = Number(input.value);
    for (const input of inputs) {
      const words = axes[input.dataset.axis][input.value];
      input.setAttribute("aria-valuetext", words);
      const shown = input.parentElement.querySelector("output");
      if (shown) shown.textContent = words;
    }
    moves.forEach((move, index) => {
      const value = frame(move.by, move.values, at);
      for (const element of targets[index]) {
        if (move.attr === "text") element.textContent = value;
        else element.setAttribute(move.attr, value);
      }
    });
    if (readout && line) line.textContent = frame(readout.by, readout.values, at);
  };

  for (const input of inputs) {
    // A browser that restores a form's state would show a slider that the first frame does not agree with.
    input.value = input.defaultValue;
    input.addEventListener("input", update);
  }
  figure.classList.add("lb-live");
}
