"use strict";
// Charts as SVG, drawn at the size they have on the page so that lines and letters are crisp, and read with pointer or keys.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; text is text, whatever it holds. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  return furnished(made, attributes, children);
}

function shape(name, attributes, ...children) {
  return furnished(document.createElementNS(SVG, name), attributes, children);
}

function furnished(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** A whole number in groups of three. */
function grouped(n) {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number with four digits that count, no more; a dash where there is none: it was not computed, or not finite. */
function number(value) {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 1e15) return value.toExponential(2);
  if (Number.isInteger(value)) return grouped(value).replace("-,", "-");
  const size = Math.abs(value);
  if (size >= 1000) return grouped(value).replace("-,", "-");
  if (size < 1e-4) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

function percent(value) {
  if (!Number.isFinite(value)) return "–";
  return `${String(Number((100 * value).toPrecision(4)))}%`;
}

/** A count where there is little room: 60k, 1.2M. */
function short(n) {
  for (const [unit, size] of [["M", 1e6], ["k", 1e3]]) {
    if (n >= size) return Number((n / size).toPrecision(3)) + unit;
  }
  return String(n);
}

/** A value as a chart has room for it: what is further out is drawn at the limit, and labels are looked for to an end. */
function drawable(value) {
  if (typeof value !== "number" || Number.isNaN(value)) return NaN;
  return Math.abs(value) < 1e-100 ? 0 : Math.max(-1e100, Math.min(1e100, value));
}

function duration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
}

/** Round steps of 1, 2 or 5 over [from, to]. */
function marks(from, to, about) {
  const rough = (to - from) / Math.max(1, about);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= rough * 0.999) || rough;
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.min(50, Math.floor(to / step + 1e-9) - first + 1);
  return Array.from({ length: Math.max(0, count || 0) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten in [from, to], with 2 and 5 between them where there are few. */
function powers(from, to) {
  const found = [];
  const decades = Math.log10(to / from);
  const within = decades > 3 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5];
  for (let e = Math.floor(Math.log10(from)); e <= Math.log10(to); e += 1) {
    for (const k of within) {
      const value = Number(`${k}e${e}`);
      if (value >= from * 0.999 && value <= to * 1.001) found.push(value);
    }
  }
  return found;
}

/** How a kind of x is written: on the axis, at its end, and in a reading. */
function xAxis(kind, largest) {
  if (kind === "images") return { title: "images shown", scale: 1, label: short, reading: (x) => `${grouped(x)} images` };
  const [title, scale] = largest > 7200 ? ["training time, hours", 3600] : largest > 180 ? ["training time, minutes", 60] : ["training time, seconds", 1];
  return { title, scale, label: (x) => String(x), reading: (x) => duration(x) };
}

/** The scale of y: logarithmic for positive values over more than two decades, if the chart allows it. */
function yScale(values, chart) {
  let [low, high] = [Math.min(...values), Math.max(...values)];
  const log = chart.log && low > 0 && high / low > 100;
  if (log) {
    [low, high] = [low / 1.25, high * 1.25];
    return { log, low, high, at: (v) => Math.log(v / low) / Math.log(high / low), marks: powers(low, high) };
  }
  if (chart.zero && low > 0) low = 0;
  if (chart.range) [low, high] = [Math.min(low, chart.range[0]), Math.max(high, chart.range[1])];
  if (high - low < 1e-9 * Math.max(1e-3, Math.abs(low), Math.abs(high))) [low, high] = [low - (Math.abs(low) * 0.1 || 1), high + (Math.abs(high) * 0.1 || 1)];
  const pad = chart.range ? 0.03 * (high - low) : 0.06 * (high - low);
  const under = (chart.zero || chart.range) && low >= 0 ? 0 : pad;
  [low, high] = [low - under, high + pad];
  return { log, low, high, at: (v) => (v - low) / (high - low), marks: marks(low, high, 4) };
}

/**
 * A chart of curves over images or time. `chart`: title, means, unit, series [{name, color, dashed, points}], where a point
 * is {images, seconds, value, undone, first}: `undone` if the run went back behind it, `first` if it does not go on from
 * the point before. Returns the figure; `figure.draw(kind)` draws it.
 */
function lineChart(chart) {
  const legend = element("ul", { class: "legend" }, chart.series.map((series) =>
    element("li", { class: series.dashed ? "dashed" : null, style: `--mark: var(${series.color})` }, series.name)));
  const picture = shape("svg", { tabindex: 0, role: "img", "aria-label": `${chart.title}: curves; arrow keys read values` });
  const reading = element("div", { class: "reading", hidden: "" });
  const caption = element("figcaption", {}, chart.title, chart.means ? element("span", { class: "means" }, chart.means) : null);
  const figure = element("figure", { class: "card chart" }, caption, legend, picture, reading);
  let kind = "images";
  let drawn = null;

  function draw() {
    const width = Math.max(200, Math.floor(picture.getBoundingClientRect().width || 320));
    const height = 210;
    const box = { left: 58, right: width - 10, top: 10, bottom: height - 40 };
    const points = chart.series.flatMap((series) => series.points);
    const finite = points.filter((point) => Number.isFinite(point.value));
    picture.replaceChildren();
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.setAttribute("height", height);
    if (finite.length === 0) {
      picture.append(shape("text", { x: width / 2, y: height / 2, "text-anchor": "middle" }, "no finite values"));
      drawn = null;
      return;
    }
    const last = Math.max(...points.map((point) => point[kind]));
    const axis = xAxis(kind, last);
    const y = yScale(finite.map((point) => point.value), chart);
    const right = last > 0 ? last : 1;
    const px = (x) => box.left + (x / right) * (box.right - box.left);
    const py = (v) => box.bottom - Math.max(0, Math.min(1, y.at(v))) * (box.bottom - box.top);
    const write = chart.percent ? (v) => `${Number((100 * v).toPrecision(4))}%` : (v) => (Math.abs(v) >= 1e4 ? short(v) : Math.abs(v) > 0 && Math.abs(v) < 1e-3 ? v.toExponential(0) : String(Number(v.toPrecision(6))));
    for (const mark of y.marks) {
      const at = py(mark);
      picture.append(shape("line", { class: "rule", x1: box.left, x2: box.right, y1: at, y2: at }));
      picture.append(shape("text", { x: box.left - 7, y: at + 4, "text-anchor": "end" }, write(mark)));
    }
    for (const mark of marks(0, right / axis.scale, Math.floor(width / 85))) {
      const at = px(mark * axis.scale);
      const anchor = mark === 0 ? "start" : at > box.right - 14 ? "end" : "middle";
      picture.append(shape("line", { class: "axis", x1: at, x2: at, y1: box.bottom, y2: box.bottom + 4 }));
      picture.append(shape("text", { x: at, y: box.bottom + 17, "text-anchor": anchor }, axis.label(mark)));
    }
    picture.append(shape("line", { class: "axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }));
    const title = `${axis.title}`;
    picture.append(shape("text", { x: (box.left + box.right) / 2, y: height - 5, "text-anchor": "middle" }, title));
    const unit = [chart.unit, y.log ? "log scale" : null].filter(Boolean).join(", ");
    if (unit) {
      picture.append(shape("text", { transform: `translate(12 ${(box.top + box.bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, unit));
    }
    for (const back of chart.backs || []) {
      const at = px(back[kind]);
      picture.append(shape("line", { class: "back", x1: at, x2: at, y1: box.top, y2: box.bottom }));
    }
    for (const series of chart.series) {
      for (const run of runs(series.points, kind)) {
        const at = run.map((point) => `${px(point[kind]).toFixed(1)} ${py(point.value).toFixed(1)}`);
        const undone = run[0].undone ? " undone" : "";
        const mark = `--mark: var(${series.color})`;
        if (run.length > 1) picture.append(shape("path", { class: (series.dashed ? "floor" : "curve") + undone, style: mark, d: `M${at.join("L")}` }));
        const few = series.points.length <= 30 && !series.dashed;
        for (const point of few || run.length === 1 ? run : []) {
          if (series.dashed) {
            picture.append(shape("line", { class: "floor", x1: box.left, x2: box.right, y1: py(point.value), y2: py(point.value) }));
          } else {
            picture.append(shape("circle", { class: "dot" + undone, style: mark, cx: px(point[kind]), cy: py(point.value), r: run.length === 1 ? 3.5 : 2.2 }));
          }
        }
      }
    }
    const cursor = shape("g", {});
    picture.append(cursor);
    const stops = [...new Set(points.map((point) => point[kind]))].sort((a, b) => a - b);
    drawn = { px, py, stops, axis, cursor, box, at: -1 };
  }

  function read(index) {
    if (!drawn || drawn.stops.length === 0) return;
    drawn.at = Math.max(0, Math.min(drawn.stops.length - 1, index));
    const x = drawn.stops[drawn.at];
    const at = drawn.px(x);
    drawn.cursor.replaceChildren(shape("line", { class: "cursor", x1: at, x2: at, y1: drawn.box.top, y2: drawn.box.bottom }));
    const lines = [element("div", {}, drawn.axis.reading(x))];
    for (const series of chart.series) {
      for (const point of series.points.filter((point) => point[kind] === x)) {
        const text = chart.percent ? percent(point.value) : number(point.value);
        const mark = `--mark: var(${series.color})`;
        lines.push(element("div", {}, element("b", { style: mark }, text), ` ${series.name}${point.undone ? " (undone)" : ""}`));
        if (Number.isFinite(point.value)) drawn.cursor.append(shape("circle", { class: "dot", style: mark, cx: at, cy: drawn.py(point.value), r: 4 }));
      }
    }
    reading.replaceChildren(...lines);
    reading.hidden = false;
    const [inside, top] = [figure.clientWidth, picture.offsetTop || figure.clientHeight - 215];
    const beside = at + 22 + reading.offsetWidth > inside - 4 ? at - reading.offsetWidth + 4 : at + 22;
    reading.style.left = `${Math.max(4, Math.min(beside, inside - reading.offsetWidth - 4))}px`;
    reading.style.top = `${top + 8}px`;
  }

  function hide() {
    reading.hidden = true;
    if (drawn) drawn.cursor.replaceChildren();
  }

  function nearest(event) {
    if (!drawn) return;
    const x = event.clientX - picture.getBoundingClientRect().left;
    let best = 0;
    drawn.stops.forEach((stop, i) => {
      if (Math.abs(drawn.px(stop) - x) < Math.abs(drawn.px(drawn.stops[best]) - x)) best = i;
    });
    read(best);
  }

  picture.addEventListener("pointermove", nearest);
  picture.addEventListener("pointerdown", nearest);
  picture.addEventListener("pointerleave", hide);
  picture.addEventListener("blur", hide);
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    read(drawn && drawn.at < 0 ? (step > 0 ? 0 : drawn.stops.length - 1) : (drawn ? drawn.at : 0) + step);
  });
  figure.draw = (as) => {
    kind = as || kind;
    hide();
    draw();
  };
  return figure;
}

/**
 * Points in pieces that are drawn as one line: cut where the run went back, and where a value is not finite. Against images
 * the line goes on from where the run went back to; against time what lies between is undone.
 */
function runs(points, kind) {
  const pieces = [];
  let piece = [];
  let kept = null;
  for (const point of points) {
    const before = piece[piece.length - 1];
    if (before && (point.first || point.undone !== before.undone)) {
      pieces.push(piece);
      piece = [];
      // The line to the first undone point is undone as well.
      if (point.undone && !point.first) piece = [{ ...before, undone: true }];
      if (!point.undone && kept && kind === "images") piece = [kept];
    }
    if (!point.undone && Number.isFinite(point.value)) kept = point;
    if (Number.isFinite(point.value)) {
      piece.push(point);
    } else if (piece.length) {
      pieces.push(piece);
      piece = [];
    }
  }
  pieces.push(piece);
  return pieces.filter((found) => found.length > 0);
}

/** Two histograms over the same bins of [0, 1]. `kinds`: [{name, color, shares}]. */
function histogram(title, kinds) {
  const legend = element("ul", { class: "legend" }, kinds.map((kind) => element("li", { class: "block", style: `--mark: var(${kind.color})` }, kind.name)));
  const picture = shape("svg", { role: "img", "aria-label": title });
  const figure = element("figure", { class: "card chart" }, element("figcaption", {}, title), legend, picture);
  figure.draw = () => {
    const width = Math.max(200, Math.floor(picture.getBoundingClientRect().width || 320));
    const height = 260;
    const box = { left: 52, right: width - 12, top: 10, bottom: height - 40 };
    const highest = Math.max(...kinds.flatMap((kind) => kind.shares), 1e-3) * 1.08;
    const px = (x) => box.left + x * (box.right - box.left);
    const py = (v) => box.bottom - (v / highest) * (box.bottom - box.top);
    picture.replaceChildren();
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.setAttribute("height", height);
    for (const mark of marks(0, highest, 5)) {
      picture.append(shape("line", { class: "rule", x1: box.left, x2: box.right, y1: py(mark), y2: py(mark) }));
      picture.append(shape("text", { x: box.left - 7, y: py(mark) + 4, "text-anchor": "end" }, `${Number((100 * mark).toPrecision(6))}%`));
    }
    for (const kind of kinds) {
      const n = kind.shares.length;
      const top = kind.shares.flatMap((share, i) => [`${px(i / n)} ${py(share)}`, `${px((i + 1) / n)} ${py(share)}`]);
      picture.append(shape("path", { class: "area", style: `--mark: var(${kind.color})`, d: `M${px(0)} ${py(0)}L${top.join("L")}L${px(1)} ${py(0)}` }));
    }
    picture.append(shape("line", { class: "floor", x1: px(0.5), x2: px(0.5), y1: box.top, y2: box.bottom }));
    picture.append(shape("line", { class: "axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }));
    for (const [at, anchor] of [[0, "start"], [0.25, "middle"], [0.5, "middle"], [0.75, "middle"], [1, "end"]]) {
      picture.append(shape("text", { x: px(at), y: box.bottom + 17, "text-anchor": anchor }, at));
    }
    picture.append(shape("text", { x: (box.left + box.right) / 2, y: height - 5, "text-anchor": "middle" }, "score: 0 taken for generated, 1 for real"));
    picture.append(shape("text", { transform: `translate(11 ${(box.top + box.bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, "share of images"));
  };
  return figure;
}
