// One loop for the model, however many times the buttons are shown on the page.
function initialize({ model }) {
  let timer;
  const tick = () => model.get("playing") && model.send("tick");
  model.on("change:playing", () => {
    clearTimeout(timer);
    tick();
  });
  model.on("msg:custom", () => {
    timer = setTimeout(tick, model.get("pause"));
  });
}

function render({ model, el }) {
  el.classList.add("dlnotes-player");
  const button = (text, title, onclick) => {
    const made = document.createElement("button");
    made.className = "jupyter-widgets jupyter-button widget-button";
    Object.assign(made, { textContent: text, title, onclick });
    el.append(made);
    return made;
  };
  const turn = (playing) => {
    model.set("playing", playing);
    model.save_changes();
  };
  const play = button("", "run through all steps, or stop", () => turn(!model.get("playing")));
  button("Step", "one step on", () => model.send("step"));
  if (model.get("back")) button("Back", "one step back", () => model.send("back"));
  button("Reset", "stop, and back to the start", () => {
    turn(false);
    model.send("reset");
  });

  const label = () => (play.textContent = model.get("playing") ? "■ Stop" : "▶ Play");
  label();
  model.on("change:playing", label);
  return () => model.off("change:playing", label);
}

export default { initialize, render };
