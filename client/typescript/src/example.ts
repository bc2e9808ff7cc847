// Sexual grooming in 2017/18, from the service at COLLATE_SERVER:
//
//   npm install && npm run generate && npm run build
//   COLLATE_SERVER=127.0.0.1:7443 npm start

import { Collate, CollateError, readServiceConfig } from "./collate.js";

const collate = new Collate({
  server: process.env["COLLATE_SERVER"] ?? "127.0.0.1:7443",
  serviceConfig: readServiceConfig(
    process.env["COLLATE_SERVICE_CONFIG"] ?? "../service_config.json",
  ),
});

const question = {
  measures: ["offences"],
  filters: [{ dimension: "offence", members: ["88A"] }],
  periods: ["2017/18"],
};

const whole = await collate.query({ ...question, panel: "england-wales-forces" });
for (const figure of whole.figures) {
  console.log(
    `${figure.period}: ${figure.value ?? figure.state},`,
    `${figure.complete} of ${figure.due} reporters,`,
    `${figure.citations.length} printed cells`,
  );
}

// Whoever printed nothing has no number, and a state.
const forces = await collate.query({
  ...question,
  groupBy: ["reporter"],
  panel: "uk-territorial-forces",
});
for (const figure of forces.figures) {
  if (figure.value === undefined) {
    console.log(`${figure.members["reporter"]}: ${figure.state}`);
  }
}

try {
  await collate.query({ ...question, measures: ["offence"] });
} catch (error) {
  if (!(error instanceof CollateError)) throw error;
  console.log(error.reason, "near:", error.metadata["near_matches"]);
}
