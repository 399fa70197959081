"use strict";
// Fills the page from its data: `about`, made for the report, and `events`, the lines of the run's log as they are.

const { about, events } = JSON.parse(document.getElementById("data").textContent);
const undone = new Set(about.undone);
const place = (id) => document.getElementById(id);
const charts = [];

/** The event's exact number behind the rounded one. */
function value(exact, text) {
  return element("data", { value: exact === null || exact === undefined ? "" : String(exact) }, text === undefined ? number(exact) : text);
}

// Names of scores in the log may be those of an earlier version: `about.scores` has the metric of each, and its present name.
const known = (score) => (Object.hasOwn(about.scores, score.name) ? about.scores[score.name] : { metric: null, name: score.name });
const nameOf = (score) => known(score).name;
const rank = (score) => {
  const at = about.metrics.findIndex((metric) => metric.name === known(score).metric);
  return at < 0 ? about.metrics.length : at;
};
const metricOf = (score) => about.metrics[rank(score)];

function goodWords(metric) {
  return metric.good.is === "near" ? `near ${metric.good.value}` : metric.good.is;
}

/** Events of a kind with their place in the log; those the run went back behind only if asked for. */
function of(kind, all) {
  return events.map((event, i) => ({ ...event, undone: undone.has(i), at: i })).filter((event) => event.event === kind && (all || !event.undone));
}

const ticks = of("tick");
const evals = of("eval");
const lastTick = ticks[ticks.length - 1];
const lastEval = evals[evals.length - 1];
const bestEval = evals.filter((event) => event.best).pop();

function header() {
  place("name").textContent = about.name || about.folder || "A run";
  if (about.description) place("description").textContent = about.description;
  else place("description").remove();
  const after = `after ${grouped(about.images)} images`;
  const mood = (reason) => (reason.startsWith("stopped by an alarm") ? "bad" : reason === "interrupted" ? "warn" : "good");
  const [words, how] = about.reason === null ? [`Not ended ${after}: the run is still training, or its process was killed`, "warn"]
    : [`${about.reason[0].toUpperCase()}${about.reason.slice(1)} ${after}`, mood(about.reason)];
  place("state").textContent = words;
  place("state").classList.add(how);
  const machine = about.machine || {};
  const networks = about.networks || {};
  const shape = networks.shape ? ` of ${networks.shape.join("×")}` : "";
  const facts = [
    ["Run", about.folder],
    ["Data", [about.data, about.split === "test" ? "(test)" : null, networks.training_images ? `· ${grouped(networks.training_images)} images${shape}` : null].filter(Boolean).join(" ")],
    ["Objective and seed", [about.loss, about.seed === null ? null : `seed ${about.seed}`].filter(Boolean).join(" · ")],
    ["Started", about.started],
    ["Parameters", networks.generator === undefined ? null : `G ${grouped(networks.generator)} · D ${grouped(networks.discriminator)}`],
    ["Machine", machine.cpu || machine.arch ? [machine.cpu || machine.arch, machine.threads ? `${machine.threads} thread${machine.threads === 1 ? "" : "s"}` : null, machine.os].filter(Boolean).join(" · ") : null],
    ["Program", machine.version ? `ganymede ${machine.version}${machine.commit ? ` (${machine.commit})` : ""}` : null],
  ];
  for (const [what, text] of facts) {
    if (text) place("facts").append(element("div", {}, element("dt", {}, what), element("dd", {}, text)));
  }
}

function tile(what, shown, note) {
  return element("div", { class: "tile" }, element("div", { class: "what" }, what), element("div", { class: "value" }, shown), note ? element("div", { class: "note" }, note) : null);
}

function figures() {
  const tiles = place("tiles");
  tiles.append(tile("Images shown", value(about.images, grouped(about.images)), about.epoch ? `${number(Number(about.epoch.toFixed(2)))} epochs` : null));
  tiles.append(tile("Training time", value(about.seconds, duration(about.seconds))));
  if (lastTick) tiles.append(tile("Speed", value(lastTick.images_per_s), "images/s, last tick"));
  const main = lastEval && lastEval.scores.find((score) => known(score).metric === about.main_metric);
  if (main) tiles.append(tile(`Last ${nameOf(main)}`, value(main.value), main.floor === null || main.floor === undefined ? null : element("span", {}, "floor ", value(main.floor))));
  if (lastTick && lastTick.real_accuracy !== undefined) {
    tiles.append(tile("D right on real", value(lastTick.real_accuracy, percent(lastTick.real_accuracy)), "last tick"));
    tiles.append(tile("D right on generated", value(lastTick.fake_accuracy, percent(lastTick.fake_accuracy)), "last tick"));
  }
  if (!lastEval) {
    place("scores").append(element("p", { class: "fine" }, "This run was not evaluated while it trained. ",
      element("code", {}, "ganymede eval RUN"), " judges it by every metric, each beside its floor."));
    return;
  }
  const best = bestEval && bestEval.at !== lastEval.at ? bestEval : null;
  const head = ["Metric", "Last", best ? "Best" : null, "Floor"].filter(Boolean);
  const sorted = [...lastEval.scores].sort((a, b) => rank(a) - rank(b));
  const rows = sorted.map((score) => {
    const metric = metricOf(score);
    const then = best && best.scores.find((other) => nameOf(other) === nameOf(score));
    const cell = (exact) => element("td", { class: "number" }, exact === undefined || exact === null ? "–" : value(exact));
    return element("tr", { "data-metric": nameOf(score) },
      element("th", { scope: "row" }, nameOf(score), metric ? element("span", { class: "means" }, element("span", { class: "words" }, `${metric.means}; `), `good: ${goodWords(metric)}`) : null),
      cell(score.value), best ? cell(then && then.value) : null, cell(score.floor));
  });
  const when = (event) => `at ${grouped(event.images)} images`;
  const caption = [`Last evaluation ${when(lastEval)}`, best ? `best ${when(best)}` : bestEval ? "the best so far" : null,
    `${grouped(lastEval.samples)} images of each kind`, `judge ${lastEval.judge} (${String(lastEval.judge_sha256).slice(0, 12)})`].filter(Boolean).join(" · ");
  place("scores").append(element("div", { class: "card table" }, element("table", {}, element("caption", {}, caption),
    element("thead", {}, element("tr", {}, head.map((text, i) => element("th", { scope: "col", class: i > 0 ? "number" : null }, text)))),
    element("tbody", {}, rows))),
    ...(lastEval.left_out || []).map((out) => element("p", { class: "fine below" }, `Left out: ${out.metric}: ${out.reason}.`)),
    element("p", { class: "fine below" }, "The floor is the same metric of real training images, which a perfect generator would reach with as many images."));
}

function samples() {
  const { grids, of: all } = about.samples;
  const body = place("samples");
  if (grids.length === 0) {
    body.append(element("p", { class: "fine" }, "There are no grids in the run's folder."));
    return;
  }
  const image = element("img", { alt: "" });
  const slider = element("input", { type: "range", min: 0, max: grids.length - 1, value: grids.length - 1, "aria-label": "Grid of samples, by images shown" });
  const output = element("output", {});
  const play = element("button", { type: "button" }, "Play");
  const show = () => {
    const grid = grids[Number(slider.value)];
    image.src = grid.src;
    image.alt = `Samples after ${grouped(grid.images)} images`;
    output.replaceChildren("after ", value(grid.images, grouped(grid.images)), " images");
    slider.setAttribute("aria-valuetext", output.textContent);
  };
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
  };
  play.addEventListener("click", () => {
    if (timer) return stop();
    if (Number(slider.value) === grids.length - 1) slider.value = 0;
    show();
    play.textContent = "Pause";
    timer = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      show();
      if (Number(slider.value) === grids.length - 1) stop();
    }, 300);
  });
  slider.addEventListener("input", () => { stop(); show(); });
  const which = grids.length === all ? `All ${grouped(all)} grids of the run` : `${grids.length} of the run's ${grouped(all)} grids, evenly chosen`;
  body.append(element("div", { class: "card viewer" }, image, element("p", {}, output),
    grids.length > 1 ? element("div", { class: "controls" }, play, slider) : null,
    element("p", { class: "fine" }, `${which}; the same latents throughout.${grids.length > 1 ? " Arrow keys move the slider." : ""}`)));
  show();
}

/** A figure of events as points; `first` where the run had gone back just before. */
function points(kind, read) {
  const found = [];
  let back = false;
  events.forEach((event, i) => {
    if (event.event === "roll-back") back = true;
    if (event.event !== kind) return;
    const exact = read(event);
    if (exact === undefined) return;
    found.push({ images: drawable(event.images), seconds: drawable(event.seconds), value: drawable(exact), undone: undone.has(i), first: back });
    back = false;
  });
  return found;
}

function addChart(parent, chart) {
  chart.series = chart.series.filter((series) => series.points.length > 0);
  if (chart.series.length === 0) return;
  chart.backs = backs;
  const figure = lineChart(chart);
  charts.push(figure);
  parent.append(figure);
}

/** Where the run went back, by images and by time: its time is that of the log's last word before. */
const backs = [];
let told = 0;
for (const event of events) {
  if (Number.isFinite(event.seconds)) told = event.seconds;
  if (event.event === "roll-back") backs.push({ images: drawable(event.images), seconds: drawable(told) });
}

function curves() {
  const training = place("training");
  const tick = (name, color, key) => ({ name, color, points: points("tick", (event) => event[key]) });
  const nonzero = (series) => (series.points.some((point) => Number.isFinite(point.value) && point.value !== 0) ? [series] : []);
  addChart(training, { title: "Losses", log: false, series: [tick("D", "--c0", "discriminator_loss"), tick("G", "--c1", "generator_loss"), ...nonzero(tick("penalties", "--c2", "penalty"))] });
  addChart(training, { title: "D is right", means: "share of images, before D's update", percent: true, range: [0, 1], unit: "share", series: [tick("on real", "--c0", "real_accuracy"), tick("on generated", "--c1", "fake_accuracy")] });
  addChart(training, { title: "D's logits", means: "means", series: [tick("on real", "--c0", "real_logit"), tick("on generated", "--c1", "fake_logit")] });
  addChart(training, { title: "Gradient norms", means: "before clipping", log: true, zero: true, series: [tick("D", "--c0", "discriminator_grad_norm"), tick("G", "--c1", "generator_grad_norm")] });
  addChart(training, { title: "Speed", zero: true, unit: "images/s", series: [tick("images/s", "--c0", "images_per_s")] });
  addChart(training, { title: "Learning rate", means: "factor on both players' rates", zero: true, series: [tick("factor", "--c2", "lr_factor")].filter((series) => series.points.some((point) => point.value !== 1)) });
  if (charts.length === 0) training.append(element("p", { class: "fine" }, "The log has no tick yet."));
  const logged = events.filter((event) => event.event === "eval").flatMap((event) => event.scores);
  logged.sort((a, b) => rank(a) - rank(b));
  const named = new Map(logged.map((score) => [nameOf(score), metricOf(score)]));
  const body = place("evaluations");
  if (named.size === 0) {
    body.append(element("p", { class: "fine" }, "None."));
  } else {
    const grid = element("div", { class: "charts" });
    body.append(grid);
    for (const [name, metric] of named) {
      const score = (event) => event.scores.find((other) => nameOf(other) === name) || {};
      const words = metric ? `${metric.means}; good: ${goodWords(metric)}` : "";
      const low = metric && metric.good.is === "low";
      addChart(grid, { title: name, means: words, log: low, zero: low, series: [
        { name: "generated", color: "--c0", points: points("eval", (event) => score(event).value) },
        { name: "floor", color: "--soft", dashed: true, points: points("eval", (event) => score(event).floor).filter((point) => Number.isFinite(point.value) && !point.undone).map((point) => ({ ...point, first: false })) },
      ] });
    }
  }
  if (backs.length > 0) {
    body.append(element("p", { class: "fine" }, "Red lines: the run was rolled back to an earlier state. Faint dotted lines: the part that was rolled back."));
  }
  for (const input of document.querySelectorAll("#axis input")) {
    input.addEventListener("change", () => charts.forEach((figure) => figure.draw(input.value)));
  }
}

/** Says why a part could not be made. */
function isMissing(part, body, what) {
  if (part && !part.missing) return false;
  body.append(element("p", { class: "fine" }, `${what} cannot be shown: ${part ? part.missing : "not made"}.`));
  return true;
}

function verdict() {
  const [part, body] = [about.verdict, place("verdict-body")];
  if (isMissing(part, body, "D's scores")) return;
  const title = `D's scores on ${grouped(part.real.count)} real (${part.split}) and ${grouped(part.generated.count)} generated images`;
  const figure = histogram(title, [{ name: "real", color: "--c0", shares: part.real.shares }, { name: "generated", color: "--c1", shares: part.generated.shares }]);
  charts.push(figure);
  const percents = (exact) => value(exact, percent(exact));
  body.append(figure, element("p", { class: "below" }, "D takes ", percents(part.real.wrong_share), " of the real images for generated ones and ",
    percents(part.generated.wrong_share), " of the generated images for real ones. A real image scores above a generated one in ", percents(part.ranked_right),
    " of pairs; with 50% D could not tell them apart."));
  if (part.note) body.append(element("p", { class: "fine" }, `${part.note[0].toUpperCase()}${part.note.slice(1)}.`));
}

function classes() {
  const body = place("classes-body");
  const event = [...evals].reverse().find((found) => found.classes && found.classes.length > 0);
  if (!event) {
    body.append(element("p", { class: "fine" }, "No evaluation of this run has classes."));
    return;
  }
  const asked = event.classes.some((row) => row.accuracy !== null && row.accuracy !== undefined);
  const most = Math.max(...event.classes.flatMap((row) => [row.generated, row.expected]), 1);
  const right = (exact) => [element("td", { class: "number" }, exact === null || exact === undefined ? "–" : value(exact, percent(exact))),
    element("td", { class: "wide spare" }, element("div", { class: "bar right" }, element("span", { style: `width: ${100 * (exact || 0)}%` })))];
  const rows = event.classes.map((row) => element("tr", {}, element("th", { scope: "row" }, row.name === null || row.name === undefined ? row.class : row.name),
    element("td", { class: "number" }, value(row.generated, grouped(row.generated))), element("td", { class: "number spare" }, value(row.expected, grouped(row.expected))),
    element("td", { class: "wide" }, element("div", { class: "bar" }, element("span", { style: `width: ${(100 * row.generated) / most}%` }), element("i", { style: `left: ${(100 * row.expected) / most}%` }))),
    asked ? right(row.accuracy) : null));
  const head = [["Class"], ["Generated", "number"], ["Expected", "number spare"], ["Bar: generated; line: expected"], ...(asked ? [["Accuracy", "number"], ["Of the class asked for", "spare"]] : [])];
  body.append(element("div", { class: "card table" }, element("table", {}, element("caption", {}, `Evaluation at ${grouped(event.images)} images`),
    element("thead", {}, element("tr", {}, head.map(([text, kind]) => element("th", { scope: "col", class: kind }, text)))), element("tbody", {}, rows))));
}

function neighbours() {
  const [part, body] = [about.neighbours, place("neighbours-body")];
  if (isMissing(part, body, "Nearest training images")) return;
  const scope = part.searched === part.training_images ? `all ${grouped(part.training_images)} training images` : `the first ${grouped(part.searched)} of ${grouped(part.training_images)} training images`;
  const usual = part.usual === null ? "" : ` For test images, which were not used for training, the median is ${number(Number(part.usual.toPrecision(3)))}: distances far below it are copies.`;
  body.append(element("p", {}, `Generated images, each beside the three nearest of ${scope}. Distances are root mean squares over the pixels, in grey levels of 255.${usual}`));
  const picture = (src, alt, lines) => element("figure", {}, element("img", { src, alt }), element("figcaption", {}, lines.flatMap((line, i) => (i ? [element("br"), line] : [line]))));
  const named = (label) => (label === null || label === undefined ? [] : [`class ${label}`]);
  body.append(element("div", { class: "neighbours" }, part.rows.map((row) => element("div", { class: "card row" },
    picture(row.src, `generated image${row.label === null ? "" : ` of class ${row.label}`}`, [row.label === null ? "generated" : `asked: ${row.label}`]),
    row.nearest.map((near) => picture(near.src, `training image ${near.image}`, [value(near.distance, String(Number(near.distance.toPrecision(3)))), ...named(near.label)]))))));
}

function health() {
  const body = place("health-body");
  const found = events.filter((event) => ["alarm", "alarm-over", "roll-back"].includes(event.event));
  if (found.length === 0) {
    body.append(element("p", {}, "No alarms."));
    return;
  }
  const rows = found.map((event) => {
    if (event.event === "roll-back") {
      const text = ["Back to the state after ", value(event.to_images, grouped(event.to_images)), " images; learning rates times ", value(event.lr_factor), `; number ${event.count}.`];
      return element("tr", {}, element("td", { class: "number" }, value(event.images, grouped(event.images))), element("td", {}, element("span", { class: "badge bad" }, "roll-back")), element("td", {}, text));
    }
    if (event.event === "alarm-over") {
      return element("tr", {}, element("td", { class: "number" }, value(event.images, grouped(event.images))), element("td", {}, element("span", { class: "badge good" }, event.kind.replaceAll("-", " "))), element("td", {}, "Over."));
    }
    const figures = Object.entries(event.figures || {}).flatMap(([name, exact], i) => [i ? ", " : "", `${name.replaceAll("_", " ")} `, typeof exact === "number" || exact === null ? value(exact) : String(exact)]);
    return element("tr", {}, element("td", { class: "number" }, value(event.images, grouped(event.images))),
      element("td", {}, element("span", { class: event.action === "warn" ? "badge" : "badge bad" }, `${event.kind.replaceAll("-", " ")}`)),
      element("td", {}, event.message, element("span", { class: "means" }, `action: ${event.action}`, figures.length ? " · " : "", ...figures)));
  });
  body.append(element("div", { class: "card table" }, element("table", {}, element("thead", {}, element("tr", {}, ["Images", "Alarm", "Finding and action"].map((text, i) => element("th", { scope: "col", class: i ? null : "number" }, text)))), element("tbody", {}, rows))));
}

function config() {
  place("repeat").textContent = about.repeat;
  place("repeat-note").textContent = about.exact
    ? "The same program on the same instruction set gives the same bytes, for any number of threads."
    : "This trains on as many images. The clock set this run's learning rates, so its bytes cannot be repeated. A run that is limited by images can.";
  place("config-text").textContent = about.config || "config.toml cannot be read.";
  place("footer").textContent = `Made by ganymede ${about.program} from the run's folder. This page needs no network.`;
}

for (const part of [header, figures, samples, curves, verdict, classes, neighbours, health, config]) part();
charts.forEach((figure) => figure.draw("images"));
// Drawn anew at another width only: a phone's address bar changes the height all the time.
let width = window.innerWidth;
window.addEventListener("resize", () => {
  if (window.innerWidth === width) return;
  width = window.innerWidth;
  charts.forEach((figure) => figure.draw());
});
document.documentElement.dataset.ready = "yes";
