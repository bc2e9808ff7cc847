#include "client/cli/run.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/answer_folder.h"
#include "client/chart/answer_chart.h"
#include "client/claim_file.h"
#include "client/cli/all_commands.h"
#include "client/cli/completion.h"
#include "client/cli/manual.h"
#include "client/cli/new_file.h"
#include "client/cli/progress.h"
#include "client/cli/run_doctor.h"
#include "client/cli/run_explain.h"
#include "client/cli/run_export.h"
#include "client/cli/run_recipe.h"
#include "client/doctor.h"
#include "client/error_text.h"
#include "client/render_answer.h"
#include "client/render_audit.h"
#include "client/render_catalogue.h"
#include "client/render_check.h"
#include "client/render_claims.h"
#include "client/render_comparison.h"
#include "client/render_conflicts.h"
#include "client/render_disclosure.h"
#include "client/render_explanation.h"
#include "client/render_findings.h"
#include "client/render_folder.h"
#include "client/render_observations.h"
#include "client/render_report.h"
#include "client/render_revisions.h"
#include "client/render_status.h"
#include "client/text_file.h"
#include "client/words.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

// What one command did: the exit code of what was answered, or why there is
// no answer.
using Outcome = absl::StatusOr<int>;

class Runner {
 public:
  Runner(const CommandLine& line, Client& client, std::ostream& out,
         std::ostream& err, bool terminal, bool colour, bool boxes)
      : client_(client),
        options_(line.client),
        format_(line.format),
        out_(out),
        err_(err),
        terminal_(terminal),
        colour_(colour),
        boxes_(boxes) {}

  Outcome operator()(const IngestCommand& command) {
    ProgressBar bar(err_, terminal_);
    const auto report = client_.Ingest(
        command.submission,
        [&bar](const v1::Progress& progress) { bar.Show(progress); });
    bar.Clear();
    COLLATE_RETURN_IF_ERROR(report.status());
    COLLATE_RETURN_IF_ERROR(Print(RenderReport(*report, format_)));
    if (!AnythingRefused(*report)) return kExitDone;
    err_ << "collate: something was refused; see the findings\n";
    return command.strict ? kExitFailed : kExitDone;
  }

  // An answer that is refused keeps none of the others back; without a
  // service there is nothing to do for any of them.
  Outcome operator()(const IngestFolderCommand& command) {
    COLLATE_ASSIGN_OR_RETURN(const AnswerFolder folder,
                             ReadAnswerFolder(command.folder));
    std::vector<FolderEntry> entries;
    ProgressBar bar(err_, terminal_);
    for (size_t i = 0; i < folder.answers.size(); ++i) {
      const FolderAnswer& answer = folder.answers[i];
      bar.Show(i, folder.answers.size(), answer.name);
      Submission submission = command.submission;
      submission.paths = answer.paths;
      FolderEntry entry{answer.name, client_.Ingest(submission, nullptr)};
      if (base::DetailOf(entry.report.status()).reason == "NO_SERVICE") {
        bar.Clear();
        return entry.report.status();
      }
      entries.push_back(std::move(entry));
    }
    bar.Clear();
    for (const FolderRefusal& refusal : folder.refusals) {
      entries.push_back({refusal.name, refusal.status});
    }
    COLLATE_RETURN_IF_ERROR(Print(RenderFolder(entries, format_)));
    if (format_ != Format::kTable) err_ << FolderSummary(entries) << '\n';
    const bool failed =
        CountRefused(entries) > 0 || (command.strict && AnyWarning(entries));
    return failed ? kExitFailed : kExitDone;
  }

  Outcome operator()(const FoiInitCommand& command) {
    // The service knows how reporters are called; without one the skeletons
    // are written all the same.
    const auto reporters = client_.ListMembers("dimensions/reporter", "");
    if (!reporters.ok()) {
      err_ << "collate: no reporters are suggested: "
           << Printable(reporters.status().message()) << '\n';
    }
    COLLATE_ASSIGN_OR_RETURN(
        const std::vector<Skeleton> skeletons,
        WriteSkeletons(command.folder, reporters.ok()
                                           ? *reporters
                                           : std::vector<v1::Member>()));
    COLLATE_RETURN_IF_ERROR(Print(RenderSkeletons(skeletons, format_)));
    return kExitDone;
  }

  Outcome operator()(const RecipeTestCommand& command) {
    return RunRecipeTest(command, client_, format_, colour_, out_, err_);
  }

  Outcome operator()(const RecipeSuggestCommand& command) {
    return RunRecipeSuggest(command, client_, colour_, out_, err_);
  }

  Outcome operator()(const QueryCommand& command) {
    if (command.check) {
      COLLATE_ASSIGN_OR_RETURN(const v1::CheckQueryResponse check,
                               client_.CheckQuery(command.query));
      COLLATE_RETURN_IF_ERROR(Print(RenderCheck(check, format_)));
      Notes(CheckNotes(check));
      return check.problems().empty() ? kExitDone : kExitFailed;
    }
    // Only JSON shows handles.
    const bool with_handles =
        !command.form.has_value() &&
        (format_ == Format::kJson || format_ == Format::kNdjson);
    COLLATE_ASSIGN_OR_RETURN(
        const v1::QueryStatisticsResponse answer,
        client_.Query(command.query, command.view,
                      with_handles ? Client::Handles::kGiven
                                   : Client::Handles::kLeftOut));
    const std::vector<std::string> group_by(command.query.group_by().begin(),
                                            command.query.group_by().end());
    COLLATE_RETURN_IF_ERROR(
        Print(command.form.has_value() ? ExportAnswer(command, answer, client_)
              : command.chart
                  ? RenderChart(answer, command.query)
                  : RenderAnswer(answer, group_by,
                                 command.view == v1::VIEW_CITED, format_)));
    Notes(AnswerNotes(answer));
    return kExitDone;
  }

  Outcome operator()(const AnswerCommand& command) {
    COLLATE_ASSIGN_OR_RETURN(const Client::NamedAnswer given,
                             client_.GetAnswer(command.name, command.view));
    const std::vector<std::string> group_by(given.query.group_by().begin(),
                                            given.query.group_by().end());
    COLLATE_RETURN_IF_ERROR(Print(RenderAnswer(
        given.answer, group_by, command.view == v1::VIEW_CITED, format_)));
    Notes(AnswerNotes(given.answer));
    err_ << "First given "
         << absl::FormatTime(absl::RFC3339_sec, given.first_given,
                             absl::UTCTimeZone())
         << '\n';
    return kExitDone;
  }

  Outcome operator()(const RevisionsCommand& command) {
    COLLATE_ASSIGN_OR_RETURN(const v1::ListRevisionsResponse revisions,
                             client_.ListRevisions(command.request));
    COLLATE_RETURN_IF_ERROR(Print(RenderRevisions(revisions, format_)));
    Notes(RevisionNotes(revisions));
    return kExitDone;
  }

  Outcome operator()(const CompareCommand& command) {
    v1::CompareMeasuresRequest request;
    COLLATE_RETURN_IF_ERROR(
        ReadTextFile(command.path, "INVALID_COMPARISON", request));
    COLLATE_ASSIGN_OR_RETURN(const v1::CompareMeasuresResponse comparison,
                             client_.CompareMeasures(request));
    COLLATE_RETURN_IF_ERROR(Print(RenderComparison(comparison, format_)));
    Notes(ComparisonNotes(comparison));
    return kExitDone;
  }

  Outcome operator()(const ExplainCommand& command) {
    std::string handle = command.handle;
    if (handle.empty()) {
      COLLATE_ASSIGN_OR_RETURN(const v1::QueryStatisticsResponse answer,
                               client_.Query(command.query, v1::VIEW_BASIC));
      if (answer.cells_size() != 1) {
        return base::Error(
            absl::StatusCode::kInvalidArgument, "NOT_ONE_CELL",
            absl::StrCat("the question comes to ",
                         GroupedInteger(answer.cells_size()),
                         " cells and explain takes one: add filters, name one "
                         "period, or give --handle"));
      }
      handle = answer.cells(0).handle();
    }
    COLLATE_ASSIGN_OR_RETURN(const v1::ExplainCellResponse explanation,
                             client_.Explain(handle));
    COLLATE_RETURN_IF_ERROR(
        Print(RenderExplanation(explanation, format_, boxes_)));
    Notes(ExplanationNotes(explanation));
    if (command.open.empty()) return kExitDone;
    return OpenDocuments(explanation, command.open, client_, err_);
  }

  Outcome operator()(const ObservationsCommand& command) {
    // Rows can be written page by page; a table's columns and a JSON value
    // need the whole.
    const bool by_rows = format_ == Format::kCsv || format_ == Format::kNdjson;
    bool first = true;
    v1::ListObservationsResponse all;
    COLLATE_RETURN_IF_ERROR(client_.ListObservations(
        command.request,
        [&](const v1::ListObservationsResponse& page) -> absl::Status {
          if (!by_rows) {
            all.mutable_observations()->MergeFrom(page.observations());
            return absl::OkStatus();
          }
          const bool with_header = first;
          first = false;
          return Print(RenderObservations(page, with_header, format_));
        }));
    if (!by_rows) {
      COLLATE_RETURN_IF_ERROR(Print(RenderObservations(all, true, format_)));
    }
    return kExitDone;
  }

  Outcome operator()(const ExportCommand& command) {
    return RunExport(command, client_, out_, err_);
  }

  Outcome operator()(const CatalogueCommand& command) {
    const bool list = command.show.empty();
    switch (command.catalogue) {
      case Catalogue::kSources:
        return list ? List(client_.ListSources()) : ShowSource(command.show);
      case Catalogue::kReleases:
        return list ? List(client_.ListReleases(command.parent))
                    : ShowRelease(command.show);
      case Catalogue::kMeasures:
        return list ? List(client_.ListMeasures())
                    : Show(client_.GetMeasure(command.show));
      case Catalogue::kDimensions:
        return list ? List(client_.ListDimensions())
                    : Show(client_.GetDimension(command.show));
      case Catalogue::kMembers:
        return list ? List(client_.ListMembers(command.parent, command.level))
                    : Show(client_.GetMember(command.show));
      case Catalogue::kPanels:
        return list ? List(client_.ListPanels()) : ShowPanel(command.show);
      case Catalogue::kAdapters:
        return list ? List(client_.ListAdapters())
                    : Show(client_.GetAdapter(command.show));
    }
    return absl::InternalError("no such catalogue");
  }

  Outcome operator()(const WithdrawCommand& command) {
    return Show(client_.Withdraw(command.release, command.reason));
  }

  Outcome operator()(const StatusCommand&) {
    COLLATE_RETURN_IF_ERROR(client_.CheckHealth());
    COLLATE_ASSIGN_OR_RETURN(const v1::ServiceStatus status,
                             client_.GetServiceStatus());
    COLLATE_RETURN_IF_ERROR(Print(RenderStatus(status, format_)));
    return kExitDone;
  }

  Outcome operator()(const CheckStoreCommand&) {
    ProgressBar bar(err_, terminal_);
    const auto check = client_.CheckStore(
        [&bar](const v1::StoreCheck& progress) { bar.Show(progress); });
    bar.Clear();
    COLLATE_RETURN_IF_ERROR(check.status());
    COLLATE_RETURN_IF_ERROR(Print(RenderStoreCheck(*check, format_)));
    return check->problem_count() == 0 ? kExitDone : kExitFailed;
  }

  Outcome operator()(const BackUpCommand& command) {
    const auto backup = client_.BackUpStore(command.name, {});
    COLLATE_RETURN_IF_ERROR(backup.status());
    COLLATE_RETURN_IF_ERROR(Print(RenderBackup(*backup, format_)));
    return backup->check().problem_count() == 0 ? kExitDone : kExitFailed;
  }

  Outcome operator()(const VerifyAuditCommand& command) {
    COLLATE_ASSIGN_OR_RETURN(const audit::Verification verified,
                             audit::Verify(command.directory, command.anchors));
    COLLATE_RETURN_IF_ERROR(Print(RenderAudit(verified, format_)));
    return kExitDone;
  }

  Outcome operator()(const AuditDisclosureCommand&) {
    const auto audit = client_.AuditDisclosure({});
    COLLATE_RETURN_IF_ERROR(audit.status());
    COLLATE_RETURN_IF_ERROR(Print(RenderDisclosureAudit(*audit, format_)));
    return audit->finding_count() == 0 ? kExitDone : kExitFailed;
  }

  Outcome operator()(const ReloadAdaptersCommand&) {
    COLLATE_ASSIGN_OR_RETURN(const v1::ReloadAdaptersResponse response,
                             client_.ReloadAdapters());
    COLLATE_RETURN_IF_ERROR(Print(RenderReload(response, format_)));
    return kExitDone;
  }

  Outcome operator()(const ClaimCheckCommand& command) {
    const std::string shipped = ShippedClaimsDirectory();
    std::vector<CheckedClaims> checked;
    // All are read before any is asked about.
    std::vector<std::string> paths;
    for (const std::string& file : command.files) {
      COLLATE_ASSIGN_OR_RETURN(const std::string path,
                               FindClaimFile(file, shipped));
      COLLATE_ASSIGN_OR_RETURN(checked.emplace_back().set, ReadClaimFile(path));
      paths.push_back(path);
    }
    for (size_t i = 0; i < checked.size(); ++i) {
      auto response = client_.CheckClaims(checked[i].set);
      if (!response.ok()) return base::Annotate(response.status(), paths[i]);
      checked[i].response = *std::move(response);
    }
    COLLATE_RETURN_IF_ERROR(Print(RenderClaims(checked, format_)));
    Notes(ClaimNotes(checked));
    return AnyContradicted(checked) ? kExitFailed : kExitDone;
  }

  Outcome operator()(const ValidateCommand& command) {
    COLLATE_ASSIGN_OR_RETURN(const std::vector<v1::Finding> findings,
                             client_.ListFindings(command.request));
    COLLATE_RETURN_IF_ERROR(Print(RenderFindings(findings, format_)));
    err_ << GroupedInteger(static_cast<int64_t>(findings.size()))
         << (findings.size() == 1 ? " finding" : " findings")
         << "; no answer is changed by them\n";
    return command.strict && !findings.empty() ? kExitFailed : kExitDone;
  }

  Outcome operator()(const ConflictsCommand& command) {
    COLLATE_ASSIGN_OR_RETURN(const std::vector<v1::FigureConflict> conflicts,
                             client_.ListConflicts(command.request));
    COLLATE_RETURN_IF_ERROR(Print(RenderConflicts(conflicts, format_)));
    err_ << GroupedInteger(static_cast<int64_t>(conflicts.size()))
         << (conflicts.size() == 1 ? " conflict" : " conflicts")
         << "; no figure is changed by them\n";
    if (std::any_of(
            conflicts.begin(), conflicts.end(),
            [](const v1::FigureConflict& one) { return one.synthetic(); })) {
      err_ << "SYNTHETIC_INPUT: made-up figures take part\n";
    }
    return command.strict && !conflicts.empty() ? kExitFailed : kExitDone;
  }

  Outcome operator()(const DoctorCommand& command) {
    const std::vector<Diagnosis> findings =
        Examine(command, options_, &client_, absl::OkStatus());
    COLLATE_RETURN_IF_ERROR(Print(RenderDiagnoses(findings, format_)));
    return AnyProblem(findings) ? kExitFailed : kExitDone;
  }

  Outcome operator()(const CompletionCommand& command) {
    COLLATE_RETURN_IF_ERROR(Print(CompletionScript(command.shell)));
    return kExitDone;
  }

  Outcome operator()(const CompleteCommand& command) {
    CommandTree tree;
    GlobalWords words;
    AddAllCommands(tree, words);
    COLLATE_RETURN_IF_ERROR(Print(CompleteWords(tree, command, &client_)));
    return kExitDone;
  }

  Outcome operator()(const ManualCommand& command) {
    CommandTree tree;
    GlobalWords words;
    AddAllCommands(tree, words);
    for (const ManualPage& page : ManualPages(tree)) {
      COLLATE_RETURN_IF_ERROR(
          WriteNew(absl::StrCat(command.directory, "/", page.name), page.text));
    }
    return kExitDone;
  }

 private:
  absl::Status Print(const absl::StatusOr<std::string>& text) {
    COLLATE_RETURN_IF_ERROR(text.status());
    return PrintTo(out_, *text);
  }

  void Notes(const std::vector<std::string>& notes) {
    for (const std::string& note : notes) err_ << note << '\n';
  }

  template <typename Resources>
  Outcome List(const absl::StatusOr<Resources>& resources) {
    COLLATE_RETURN_IF_ERROR(resources.status());
    COLLATE_RETURN_IF_ERROR(Print(RenderList(*resources, format_)));
    return kExitDone;
  }

  Outcome ShowSource(const std::string& name) {
    COLLATE_ASSIGN_OR_RETURN(const v1::Source source, client_.GetSource(name));
    COLLATE_ASSIGN_OR_RETURN(const std::vector<v1::Release> releases,
                             client_.ListReleases(name));
    COLLATE_RETURN_IF_ERROR(Print(RenderSource(source, releases, format_)));
    return kExitDone;
  }

  Outcome ShowRelease(const std::string& name) {
    COLLATE_ASSIGN_OR_RETURN(const v1::IngestionReport report,
                             client_.GetReleaseReport(name));
    COLLATE_RETURN_IF_ERROR(Print(RenderReleaseRecord(report, format_)));
    return kExitDone;
  }

  Outcome ShowPanel(const std::string& name) {
    COLLATE_ASSIGN_OR_RETURN(const v1::Panel panel, client_.GetPanel(name));
    COLLATE_RETURN_IF_ERROR(Print(RenderPanel(panel, format_)));
    return kExitDone;
  }

  template <typename Resource>
  Outcome Show(const absl::StatusOr<Resource>& resource) {
    COLLATE_RETURN_IF_ERROR(resource.status());
    COLLATE_RETURN_IF_ERROR(Print(RenderOne(*resource, format_)));
    return kExitDone;
  }

  Client& client_;
  const ClientOptions& options_;
  const Format format_;
  std::ostream& out_;
  std::ostream& err_;
  const bool terminal_;
  const bool colour_;
  const bool boxes_;
};

}  // namespace

int RunWithoutClient(const CommandLine& line, const absl::Status& problem,
                     std::ostream& out, std::ostream& err) {
  const auto* doctor = std::get_if<DoctorCommand>(&line.command);
  if (doctor == nullptr) {
    err << ErrorText(problem);
    return kExitUsage;
  }
  const auto text = RenderDiagnoses(
      Examine(*doctor, line.client, nullptr, problem), line.format);
  if (const absl::Status status =
          text.ok() ? PrintTo(out, *text) : text.status();
      !status.ok()) {
    err << ErrorText(status);
  }
  return kExitFailed;
}

int Run(const CommandLine& line, Client& client, std::ostream& out,
        std::ostream& err, bool terminal, bool colour, bool boxes) {
  for (const std::string& note : line.notes) err << "collate: " << note << '\n';
  const Outcome outcome = std::visit(
      Runner(line, client, out, err, terminal, colour, boxes), line.command);
  if (outcome.ok()) return *outcome;
  // A shell would print it into the line that is typed.
  if (std::holds_alternative<CompleteCommand>(line.command)) return kExitDone;
  err << ErrorText(outcome.status());
  return kExitFailed;
}

}  // namespace collate::client
