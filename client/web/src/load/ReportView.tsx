// What was read, kept and left of a document.

import {
  type Diagnostic,
  DiagnosticSeverity,
  type IngestionReport,
} from "../generated/collate/v1/ingestion_pb";
import { grouped } from "../answer/figures";
import { idOf } from "../service/names";

const SEVERITIES: Record<number, string> = {
  [DiagnosticSeverity.INFO]: "info",
  [DiagnosticSeverity.WARNING]: "warning",
  [DiagnosticSeverity.ERROR]: "error",
};

function Finding({ finding }: { finding: Diagnostic }) {
  return (
    <tr class={SEVERITIES[finding.severity]}>
      <th scope="row">
        {SEVERITIES[finding.severity] ?? "finding"}{" "}
        <code>{finding.reason}</code>
      </th>
      <td>
        {finding.message}
        {finding.expected && (
          <span class="hint">expected: {finding.expected}</span>
        )}
        {finding.found && <span class="hint">found: {finding.found}</span>}
      </td>
      <td>
        <code class="break">{finding.locator}</code>
        {finding.count > 1n && (
          <span class="hint">
            {grouped(String(finding.count))} times; this is the first
          </span>
        )}
      </td>
    </tr>
  );
}

// In a sentence: what became of it.
export function outcomeOf(report: IngestionReport): string {
  if (report.alreadyLoaded)
    return "These bytes were loaded before, with the same words about them. Nothing changed.";
  return report.published
    ? "Published: questions see it from now on."
    : "Checked only: this is what would be kept. Nothing was published.";
}

export function ReportView({ report }: { report: IngestionReport }) {
  const { release } = report;
  return (
    <section class="report" aria-labelledby="report-title">
      <h3 id="report-title">Report</h3>
      <p class="outcome">
        <strong>{outcomeOf(report)}</strong>
      </p>
      {release && (
        <dl class="facts">
          <div>
            <dt>Release</dt>
            <dd>
              <code class="break">{release.name}</code>
            </dd>
          </div>
          <div>
            <dt>Read by</dt>
            <dd>
              {idOf(release.adapter)} {release.adapterVersion}
            </dd>
          </div>
          <div>
            <dt>Observations kept</dt>
            <dd>{grouped(String(release.observationCount))}</dd>
          </div>
        </dl>
      )}
      {report.documents.map((document) => (
        <div key={document.document}>
          <div
            class="table-holder"
            tabIndex={0}
            role="region"
            aria-label={`Tables of ${document.document}`}
          >
            <table class="plain">
              <caption>
                What became of each table of {document.document}
              </caption>
              <thead>
                <tr>
                  <th scope="col">Table</th>
                  <th scope="col">Measure</th>
                  <th scope="col" class="number">
                    Rows read
                  </th>
                  <th scope="col" class="number">
                    Kept
                  </th>
                  <th scope="col" class="number">
                    Left aside
                  </th>
                  <th scope="col">Recipe</th>
                </tr>
              </thead>
              <tbody>
                {document.tables.map((table) => (
                  <tr key={table.id}>
                    <th scope="row">{table.title || table.id}</th>
                    <td>{table.refused ? "refused" : table.measure}</td>
                    <td class="number">{grouped(String(table.rowCount))}</td>
                    <td class="number">{grouped(String(table.mappedCount))}</td>
                    <td class="number">
                      {grouped(String(table.unmappedCount))}
                    </td>
                    <td>{table.recipe}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {document.accounts.length > 0 && (
            <p class="hint">
              {document.accounts
                .map(
                  (one) =>
                    `${one.what.replaceAll("_", " ")} ${grouped(String(one.count))}`,
                )
                .join(", ")}
            </p>
          )}
        </div>
      ))}
      {report.diagnostics.length > 0 && (
        <div
          class="table-holder"
          tabIndex={0}
          role="region"
          aria-label="Findings"
        >
          <table class="plain">
            <caption>Findings, errors first</caption>
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">Finding</th>
                <th scope="col">Where</th>
              </tr>
            </thead>
            <tbody>
              {report.diagnostics.map((finding, i) => (
                <Finding key={i} finding={finding} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
