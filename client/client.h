// The service as C++ sees it: one method for each thing that can be asked,
// absl::Status for what went wrong, whole lists instead of pages.
//
//   auto client = Client::Create({.server = "127.0.0.1:7443"});
//   v1::StatisticsQuery query;
//   ...
//   auto answer = (*client)->Query(query, v1::VIEW_CITED);
//
// Errors are those of the service, with their details (service/base/error.h).
// A question that meets a service which stops or is busy is asked again, as
// service_config.json says; nothing is handed in twice.
// client.cc makes the connection, catalogue_calls.cc, ingestion_calls.cc and
// statistics_calls.cc ask one service each; only they, calls.h and
// rpc_status.cc know gRPC. Thread-safe; each call blocks its thread until it is
// answered or the timeout has passed.

#ifndef COLLATE_CLIENT_CLIENT_H_
#define COLLATE_CLIENT_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "collate/v1/catalogue.pb.h"
#include "collate/v1/claims.pb.h"
#include "collate/v1/conflicts.pb.h"
#include "collate/v1/findings.pb.h"
#include "collate/v1/ingestion.pb.h"
#include "collate/v1/operations.pb.h"
#include "collate/v1/operations_service.pb.h"
#include "collate/v1/statistics.pb.h"
#include "collate/v1/statistics_service.pb.h"
#include "collate/v1/vintages.pb.h"

namespace collate::client {

struct ClientOptions {
  // `HOST:PORT` or `unix:/absolute/path`.
  std::string server = "127.0.0.1:7443";
  // PEM files; any of them, or `tls`, encrypts.
  struct Tls {
    bool on = false;
    std::string authorities;  // empty = those that the machine trusts
    std::string certificate;  // of the caller, with `key`
    std::string key;
  };
  Tls tls;
  // A bearer token, sent with every call; empty for none.
  std::string token;
  // For each call but ingestions.
  absl::Duration timeout = absl::Seconds(60);
  // For a whole ingestion, and for a whole export; the service has limits of
  // its own.
  absl::Duration ingestion_timeout = absl::Minutes(15);
};

// Under which Submission::answer is handed in.
inline constexpr char kMadeAnswerName[] = "answer.textproto";

// Documents to hand in, and what is known about them.
struct Submission {
  v1::ReleaseHeader release;
  // Files to read; each is handed in under its name without folders, and one
  // that ends in ".answer.textproto" as the manifest of an answer.
  std::vector<std::string> paths;
  // Text of the manifest of an answer that is in no file; may be empty.
  std::string answer;
  // Given with every document but the manifest of an answer, sorted by key.
  std::vector<v1::KeyValue> manifest;
  // Reads and checks everything and publishes nothing.
  bool dry_run = false;
  // With `dry_run`: have the adapter propose how to read the documents.
  bool suggest = false;
};

class Client {
 public:
  // Does not connect yet. INVALID_ARGUMENT (INVALID_SERVER) for an address of
  // neither form, (CREDENTIALS_UNREADABLE) for a file that cannot be read or
  // half a pair, (TOKEN_IN_THE_CLEAR) for a token without encryption to an
  // address beyond this machine.
  static absl::StatusOr<std::unique_ptr<Client>> Create(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Whether cells shall have handles. Without them an answer comes in columns,
  // which is a fraction of the work on both sides.
  enum class Handles { kGiven, kLeftOut };

  // All cells of the answer. Asks again from the first page when a release
  // appears in between, so that an answer is never a mixture.
  absl::StatusOr<v1::QueryStatisticsResponse> Query(
      const v1::StatisticsQuery& query, v1::View view,
      Handles handles = Handles::kGiven);

  // An answer that was given before, all its pages, with its question.
  struct NamedAnswer {
    v1::StatisticsQuery query;
    v1::QueryStatisticsResponse answer;
    absl::Time first_given;
  };
  absl::StatusOr<NamedAnswer> GetAnswer(const std::string& name, v1::View view);

  // All revisions; page fields of the request are not looked at.
  absl::StatusOr<v1::ListRevisionsResponse> ListRevisions(
      v1::ListRevisionsRequest request);

  absl::StatusOr<v1::ExplainCellResponse> Explain(const std::string& handle);

  // INVALID_ARGUMENT (reason INVALID_CLAIM) names the claim that has a mistake.
  absl::StatusOr<v1::CheckClaimsResponse> CheckClaims(const v1::ClaimSet& set);

  // What the question would come to; its mistakes are the response.
  absl::StatusOr<v1::CheckQueryResponse> CheckQuery(
      const v1::StatisticsQuery& query);

  absl::StatusOr<v1::CompareMeasuresResponse> CompareMeasures(
      const v1::CompareMeasuresRequest& request);

  // The bytes of a document of a release. DATA_LOSS (DOCUMENT_MISMATCH) when
  // they are not those of the digest that the service names.
  absl::StatusOr<std::string> ReadDocument(const std::string& release,
                                           const std::string& document);

  // The cells of all its sheets, as the CSV of ReadDocumentCellsResponse.
  absl::StatusOr<std::string> ReadDocumentCells(const std::string& release,
                                                const std::string& document);

  // Hands every page to `page`, which may end the listing with an error.
  absl::Status ListObservations(
      v1::ListObservationsRequest request,
      const std::function<absl::Status(const v1::ListObservationsResponse&)>&
          page);

  // Hands on every part of the stream, the footer only when count and checksum
  // hold. DATA_LOSS (reason TRUNCATED_EXPORT) when they do not, when a part is
  // out of place or when the stream ends without a footer: what was handed on
  // is then not all. `part` may end the export with an error.
  absl::Status ExportObservations(
      const v1::ExportObservationsRequest& request,
      const std::function<absl::Status(const v1::ExportObservationsResponse&)>&
          part);

  // Sends the documents; `progress`, and `attachment` for each part of what an
  // adapter hands over in a dry run, are called from another thread, one call
  // at a time, and not after the return.
  absl::StatusOr<v1::IngestionReport> Ingest(
      const Submission& submission,
      const std::function<void(const v1::Progress&)>& progress,
      const std::function<void(const v1::Attachment&)>& attachment = nullptr);

  absl::StatusOr<v1::Release> Withdraw(const std::string& release,
                                       const std::string& reason);

  absl::StatusOr<std::vector<v1::Source>> ListSources();
  absl::StatusOr<v1::Source> GetSource(const std::string& name);
  // `parent` is `sources/{source}`, or `sources/-` for all.
  absl::StatusOr<std::vector<v1::Release>> ListReleases(
      const std::string& parent);
  absl::StatusOr<v1::Release> GetRelease(const std::string& name);
  // `release` is the release's name.
  absl::StatusOr<v1::IngestionReport> GetReleaseReport(
      const std::string& release);
  absl::StatusOr<std::vector<v1::Measure>> ListMeasures();
  absl::StatusOr<v1::Measure> GetMeasure(const std::string& name);
  absl::StatusOr<std::vector<v1::Dimension>> ListDimensions();
  absl::StatusOr<v1::Dimension> GetDimension(const std::string& name);
  // An empty level means any.
  absl::StatusOr<std::vector<v1::Member>> ListMembers(const std::string& parent,
                                                      const std::string& level);
  absl::StatusOr<v1::Member> GetMember(const std::string& name);
  absl::StatusOr<std::vector<v1::Panel>> ListPanels();
  absl::StatusOr<v1::Panel> GetPanel(const std::string& name);
  absl::StatusOr<std::vector<v1::Adapter>> ListAdapters();
  absl::StatusOr<v1::Adapter> GetAdapter(const std::string& name);

  // All findings; page fields of the request are not looked at.
  absl::StatusOr<std::vector<v1::Finding>> ListFindings(
      const v1::ListFindingsRequest& request);

  // All conflicts; page fields of the request are not looked at.
  absl::StatusOr<std::vector<v1::FigureConflict>> ListConflicts(
      const v1::ListConflictsRequest& request);

  absl::StatusOr<v1::ServiceStatus> GetServiceStatus();
  // Has the service verify every checksum of its data directory. Hands on how
  // far it is. DATA_LOSS (reason TRUNCATED_CHECK) when no report came.
  absl::StatusOr<v1::StoreCheck> CheckStore(
      const std::function<void(const v1::StoreCheck&)>& progress);
  // Has the service back up its data directory; `name` may be empty. Hands on
  // how many bytes are copied. DATA_LOSS (reason TRUNCATED_BACKUP) when it did
  // not say that there is one.
  absl::StatusOr<v1::Backup> BackUpStore(
      const std::string& name, const std::function<void(int64_t)>& progress);
  // Has the service attack what it shows of restricted sources. Hands on how
  // far it is. DATA_LOSS (reason TRUNCATED_AUDIT) when no audit came.
  absl::StatusOr<v1::DisclosureAudit> AuditDisclosure(
      const std::function<void(int64_t)>& progress);
  absl::StatusOr<v1::ReloadAdaptersResponse> ReloadAdapters();

  // OK when the service says that it serves.
  absl::Status CheckHealth();

 private:
  struct Stubs;
  Client(ClientOptions options, std::unique_ptr<Stubs> stubs);

  const ClientOptions options_;
  const std::unique_ptr<Stubs> stubs_;
};

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLIENT_H_
