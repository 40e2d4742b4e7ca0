const STEP = 0.01; // of the picture, for one arrow key
const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

function element(tag, parent, attributes = {}) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.append(made);
  return made;
}

function render({ model, el }) {
  el.classList.add("dlnotes-live");
  const frame = element("div", el, { class: "dlnotes-frame" });
  const img = element("img", frame, { alt: model.get("alt") });
  img.style.width = `${model.get("width")}px`;
  img.decoding = "sync"; // the old picture stays until the new one is complete: no flicker

  const readout = element("p", el, { class: "dlnotes-readout", role: "status" });
  const error = element("p", el, { class: "dlnotes-error", role: "alert" });

  function show() {
    URL.revokeObjectURL(img.src);
    img.src = URL.createObjectURL(new Blob([model.get("png")], { type: "image/png" }));
  }
  function say() {
    readout.textContent = model.get("readout");
    error.textContent = model.get("error");
    error.hidden = !model.get("error");
  }
  show();
  say();
  model.on("change:png", show);
  model.on("change:readout change:error", say);
  if (model.get("clickable")) answerClicks(model, frame);
  model.set("pixel_ratio", Math.min(Math.max(devicePixelRatio, 1), 3));
  model.save_changes();

  return () => {
    model.off("change:png", show);
    model.off("change:readout change:error", say);
    URL.revokeObjectURL(img.src);
  };
}

// A click sends its place; so do Enter and Space, at a crosshair that shows while the keyboard has the picture.
function answerClicks(model, frame) {
  frame.tabIndex = 0;
  frame.setAttribute("role", "application");
  frame.setAttribute("aria-label", `${model.get("alt")} Arrow keys move a crosshair, Enter adds a point there.`);
  frame.dataset.lmSuppressShortcuts = "true"; // JupyterLab would move to the next cell
  const crosshair = element("div", frame, { class: "dlnotes-crosshair" });
  let at = [0.5, 0.5];

  function place(across, down) {
    at = [across, down].map((fraction) => Math.min(Math.max(fraction, 0), 1));
    crosshair.style.left = `${100 * at[0]}%`;
    crosshair.style.top = `${100 * at[1]}%`;
  }
  const send = () => model.send({ across: at[0], down: at[1] });

  frame.addEventListener("click", (event) => {
    const box = frame.getBoundingClientRect();
    place((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    send();
  });
  frame.addEventListener("keydown", (event) => {
    if (event.key in ARROWS) place(at[0] + ARROWS[event.key][0], at[1] + ARROWS[event.key][1]);
    else if (event.key === "Enter" || event.key === " ") send();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  place(...at);
}

// What ipywidgets leaves to do, done when a control gets the focus: the handles of its sliders have no names for a
// screen reader, and on its lists JupyterLab takes the arrow keys for itself.
document.addEventListener("focusin", ({ target }) => {
  if (target.matches(".dlnotes-explorer select")) target.dataset.lmSuppressShortcuts = "true";
  const slider = target.closest(".dlnotes-explorer .widget-slider");
  if (slider && target.role === "slider") target.ariaLabel = slider.querySelector(".widget-label").textContent;
});

export default { render };
