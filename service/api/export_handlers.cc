#include "service/api/export_handlers.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/api/convert.h"
#include "service/api/convert_provenance.h"
#include "service/api/observation_scan.h"
#include "service/api/row_encoder.h"
#include "service/api/wire_writer.h"
#include "service/base/digest.h"
#include "service/base/status_macros.h"

namespace collate::api {
namespace {

using query::Snapshot;
using Sink = Writer<std::string>;

// The same request in its one form.
v1::ExportObservationsRequest Canonical(
    const v1::ExportObservationsRequest& request) {
  v1::ExportObservationsRequest result = request;
  SortOnce(result.mutable_measures());
  SortOnce(result.mutable_releases());
  for (v1::Filter& filter : *result.mutable_filters()) {
    SortOnce(filter.mutable_members());
  }
  std::sort(result.mutable_filters()->begin(), result.mutable_filters()->end(),
            [](const v1::Filter& a, const v1::Filter& b) {
              return a.dimension() < b.dimension();
            });
  return result;
}

v1::Caveat MakeCaveat(absl::string_view code, absl::string_view message,
                      const std::vector<std::string>& releases) {
  v1::Caveat caveat;
  caveat.set_code(code.data(), code.size());
  caveat.set_message(
      absl::StrCat(message, ": ", absl::StrJoin(releases, ", ")));
  return caveat;
}

absl::StatusOr<v1::ExportHeader> MakeHeader(
    const v1::ExportObservationsRequest& request, absl::Time now,
    const Snapshot& snapshot, const std::vector<query::RowRef>& rows) {
  v1::ExportHeader header;
  *header.mutable_request() = Canonical(request);
  *header.mutable_export_time() = ToProto(now);
  header.set_observation_count(static_cast<int64_t>(rows.size()));
  std::set<uint32_t> indexes;
  for (const query::RowRef& row : rows) indexes.insert(row.release);
  std::vector<const store::Release*> releases;
  for (const uint32_t index : indexes) {
    releases.push_back(&snapshot.releases()[index]->release);
  }
  std::sort(releases.begin(), releases.end(),
            [](const store::Release* a, const store::Release* b) {
              return a->name < b->name;
            });
  std::vector<std::string> synthetic;
  std::vector<std::string> undated;
  std::vector<std::string> withdrawn;
  for (const store::Release* release : releases) {
    COLLATE_ASSIGN_OR_RETURN(*header.add_releases(), ProvenanceOf(*release));
    if (release->synthetic) synthetic.push_back(release->name);
    if (!release->publish_time.has_value()) undated.push_back(release->name);
    if (release->state == store::ReleaseState::kWithdrawn) {
      withdrawn.push_back(release->name);
    }
  }
  if (!synthetic.empty()) {
    *header.add_caveats() =
        MakeCaveat("SYNTHETIC_INPUT", "Made-up figures take part", synthetic);
  }
  if (!undated.empty()) {
    *header.add_caveats() = MakeCaveat(
        "PUBLISH_TIME_UNKNOWN",
        "Nobody stated when these were published, only that it was before "
        "they were loaded",
        undated);
  }
  if (!withdrawn.empty()) {
    *header.add_caveats() =
        MakeCaveat("WITHDRAWN_RELEASE",
                   "These were withdrawn and are in no answer", withdrawn);
  }
  return header;
}

// Sends observations in batches and keeps count and digest of them.
class BatchWriter {
 public:
  BatchWriter(const ExportHandlers::Options& options, const Snapshot& snapshot,
              Sink& sink)
      : options_(options), rows_(snapshot), sink_(sink) {
    Begin();
  }

  absl::Status Add(const query::RowRef& row) {
    COLLATE_RETURN_IF_ERROR(rows_.AppendObservation(
        v1::ExportBatch::kObservationsFieldNumber, row, &batch_));
    if (++batch_rows_ < options_.batch_rows &&
        static_cast<int64_t>(batch_.size() - kHead) < options_.batch_bytes) {
      return absl::OkStatus();
    }
    return Flush();
  }

  absl::Status Finish() {
    if (batch_rows_ > 0) COLLATE_RETURN_IF_ERROR(Flush());
    v1::ExportObservationsResponse response;
    response.mutable_footer()->set_observation_count(count_);
    response.mutable_footer()->set_sha256(digest_.FinishHex());
    return sink_.Write(response.SerializeAsString());
  }

 private:
  // Tag and length of a batch of 16 KiB to 2 MiB, so that most need no copy
  // behind another head.
  static constexpr size_t kHead = 4;

  void Begin() {
    batch_.clear();
    batch_.reserve(reserved_);
    batch_.append(kHead, '\0');
  }

  absl::Status Flush() {
    const absl::string_view bytes = View(batch_).substr(kHead);
    std::string size(8, '\0');
    for (size_t i = 0; i < size.size(); ++i) {
      size[i] = static_cast<char>(bytes.size() >> (8 * i) & 0xFF);
    }
    digest_.Update(size).Update(bytes);
    count_ += batch_rows_;
    batch_rows_ = 0;
    reserved_ = batch_.size() + batch_.size() / 8;
    batch_.replace(0, kHead,
                   FieldHead(v1::ExportObservationsResponse::kBatchFieldNumber,
                             bytes.size()));
    const absl::Status status = sink_.Write(std::move(batch_));
    Begin();
    return status;
  }

  const ExportHandlers::Options& options_;
  RowEncoder rows_;
  Sink& sink_;
  std::string batch_;  // kHead bytes, then an ExportBatch, serialised
  size_t reserved_ = 0;
  int64_t batch_rows_ = 0;
  int64_t count_ = 0;
  base::Sha256 digest_;
};

}  // namespace

absl::Status ExportHandlers::ExportObservations(
    CallContext& context, const v1::ExportObservationsRequest& request,
    Sink& writer) const {
  std::shared_ptr<const Snapshot> snapshot = options_.publisher->Current();
  context.asked.releases = snapshot;
  if (request.has_as_of()) {
    COLLATE_ASSIGN_OR_RETURN(
        snapshot, options_.publisher->WithAllRows(std::move(snapshot)));
  }
  COLLATE_ASSIGN_OR_RETURN(const std::vector<query::RowRef> rows,
                           FindObservations(*snapshot, request, [&context] {
                             return context.Cancelled();
                           }));
  COLLATE_RETURN_IF_ERROR(context.Check());

  v1::ExportObservationsResponse first;
  COLLATE_ASSIGN_OR_RETURN(
      *first.mutable_header(),
      MakeHeader(request, context.clock.Now(), *snapshot, rows));
  COLLATE_RETURN_IF_ERROR(writer.Write(first.SerializeAsString()));
  BatchWriter batches(options_, *snapshot, writer);
  for (const query::RowRef& row : rows) {
    COLLATE_RETURN_IF_ERROR(batches.Add(row));
  }
  return batches.Finish();
}

}  // namespace collate::api
