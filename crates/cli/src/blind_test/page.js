"use strict";
// Marks images, and says what the marks are worth.

const trial = JSON.parse(document.getElementById("data").textContent);
const place = (id) => document.getElementById(id);
const broken = trial.ask === "broken";
const each = trial.images.length / 2;
const marked = new Set();
let over = false;

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const percent = (share) => `${(100 * share).toFixed(1)}%`;

/** Wilson's score interval of a share, 95% (Wilson 1927). */
function interval(hits, of) {
  const z = 1.959963984540054;
  const share = hits / of;
  const middle = (share + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

function logChoose(n, k) {
  let sum = 0;
  for (let i = 1; i <= k; i += 1) sum += Math.log(n - k + i) - Math.log(i);
  return sum;
}

/** How often chance marks at least so many of the generated images, if marks fall on both kinds alike: Fisher's exact test. */
function chance(generated, real) {
  const marks = generated + real;
  let sum = 0;
  for (let k = generated; k <= Math.min(each, marks); k += 1) {
    sum += Math.exp(logChoose(each, k) + logChoose(each, marks - k) - logChoose(2 * each, marks));
  }
  return Math.min(1, sum);
}

function count() {
  const one = marked.size === 1;
  place("count").textContent = `${marked.size} of ${2 * each} ${one ? "is" : "are"} marked`;
}

function tile(what, value, note) {
  return element("div", { class: "tile" }, element("div", { class: "what" }, what), element("div", { class: "value" }, value), element("div", { class: "note" }, note));
}

function show() {
  if (over) return;
  over = true;
  place("images").classList.add("over");
  let [generated, real] = [0, 0];
  [...place("images").querySelectorAll("button")].forEach((button, i) => {
    const isGenerated = trial.key[i] === "1";
    button.classList.add(isGenerated ? "generated" : "real");
    button.append(element("span", { class: "kind" }, isGenerated ? "generated" : "real"));
    if (marked.has(i)) isGenerated ? (generated += 1) : (real += 1);
  });
  const right = generated + each - real;
  const p = chance(generated, real);
  const range = (hits, of) => interval(hits, of).map(percent).join(" to ");
  const verb = broken ? "Look broken" : "Taken for generated";
  place("tiles").replaceChildren(
    tile(`${verb}: generated images`, `${generated} of ${each}`, `${percent(generated / each)}; 95% interval ${range(generated, each)}`),
    tile(`${verb}: real images`, `${real} of ${each}`, `${percent(real / each)}; 95% interval ${range(real, each)}`),
    broken ? tile("Difference", percent((generated - real) / each), "generated minus real")
      : tile("Right about", `${right} of ${2 * each}`, `${percent(right / (2 * each))}; guessing gives 50%`),
    tile("By chance", p < 0.0005 ? "below 0.1%" : percent(p), "Fisher's exact test, one-sided"),
  );
  const told = p < 0.05;
  place("words").textContent = marked.size === 0 ? "Nothing was marked."
    : broken ? told ? `Generated images were marked more often than real ones. Chance alone gives such a difference in ${percent(p)} of trials, so there is a visible difference.`
      : `${real > 0 ? "Real images look broken, too. " : ""}Chance alone gives such a difference or a larger one in ${percent(p)} of trials, so these images do not show that generated ones are worse.`
    : told ? `You can tell them apart: random marks would find as many of the generated images in ${percent(p)} of trials.`
      : `You cannot tell them apart, or not with so few images: random marks would do as well in ${percent(p)} of trials.`;
  const { images, key, ...from } = trial;
  const result = { ...from, of_each: each, marked_generated: generated, marked_real: real, p, marks: [...marked].sort((a, b) => a - b), key };
  place("save").download = "blind-test.json";
  place("save").href = `data:application/json,${encodeURIComponent(JSON.stringify(result))}`;
  place("done").remove();
  place("result").hidden = false;
  place("result").focus();
}

place("question").textContent = broken ? "Which are broken?" : "Real or generated?";
document.title = `${place("question").textContent} · Ganymede`;
place("task").textContent = `${each} images are generated and ${each} are real. ${broken
  ? "Mark the images that are not recognisable, or that have a fault no real image has."
  : "Mark the images that you think are generated."} Then see which were which.`;
let heading = null;
trial.images.forEach((image, i) => {
  if (image.label !== null && image.label !== heading) {
    heading = image.label;
    place("images").append(element("h2", {}, heading));
  }
  const picture = element("img", { src: image.src, alt: `image ${i + 1}${image.label === null ? "" : `, meant to be ${image.label}`}` });
  const button = element("button", { type: "button", "aria-pressed": "false" }, picture);
  button.addEventListener("click", () => {
    if (over) return;
    marked.has(i) ? marked.delete(i) : marked.add(i);
    button.setAttribute("aria-pressed", String(marked.has(i)));
    count();
  });
  place("images").append(button);
});
place("done").addEventListener("click", show);
count();
const real = trial.split === "test" ? `held-out test images of ${trial.data}` : `training images of ${trial.data}, which has no test images`;
place("footer").textContent = `${trial.name}, ${trial.run}, after ${trial.shown.toLocaleString("en")} images shown; seed ${trial.seed}${trial.truncation === 1 ? "" : `, truncation ${trial.truncation}`}${trial.reject === null ? "" : `, without the ${Math.round(1000 * trial.reject) / 10}% that a judge found least like real ones`}. Real images: ${real}.`;
document.documentElement.dataset.ready = "yes";
