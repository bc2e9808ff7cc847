// An export on its way from the service's stream into a format, message by
// message: what a format can write as it comes is not held.
//
//   ObservationWriter writer(ExportForm::kSdmxCsv, units, sources, sink);
//   client.ExportObservations(request, [&](const auto& part) {
//     return writer.Add(part);
//   });
//
// Belongs to one thread.

#ifndef COLLATE_CLIENT_EXPORT_OBSERVATION_WRITER_H_
#define COLLATE_CLIENT_EXPORT_OBSERVATION_WRITER_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/export/row.h"
#include "collate/v1/catalogue.pb.h"
#include "collate/v1/export.pb.h"

namespace collate::client {

enum class ExportForm {
  kGssCsv,    // gss_csv.h
  kNdjson,    // {"header": ...}, {"observation": ...} a line, {"footer": ...}
  kSdmxCsv,   // sdmx_csv.h
  kJsonStat,  // json_stat.h; the one that needs the whole
};

class ObservationWriter {
 public:
  using Sink = std::function<absl::Status(absl::string_view text)>;

  // `measures` tell units, `sources` licences.
  ObservationWriter(ExportForm form, const std::vector<v1::Measure>& measures,
                    std::vector<v1::Source> sources, Sink sink);

  // The parts of a stream in their order.
  absl::Status Add(const v1::ExportObservationsResponse& part);

 private:
  absl::Status Header(const v1::ExportHeader& header);
  absl::Status Batch(const v1::ExportBatch& batch);
  absl::Status Footer(const v1::ExportFooter& footer);
  absl::Status Line(absl::string_view key,
                    const google::protobuf::Message& message);

  const ExportForm form_;
  std::map<std::string, std::string> units_;
  const std::vector<v1::Source> sources_;
  const Sink sink_;
  ExportMetadata metadata_;
  std::vector<ExportRow> rows_;  // of JSON-stat
};

}  // namespace collate::client

#endif  // COLLATE_CLIENT_EXPORT_OBSERVATION_WRITER_H_
