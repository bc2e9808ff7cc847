// Writes what the service knows: lists as one row a resource, a single
// resource as every field that it has. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_CATALOGUE_H_
#define COLLATE_CLIENT_RENDER_CATALOGUE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/format.h"
#include "collate/v1/catalogue.pb.h"
#include "google/protobuf/message.h"

namespace collate::client {

absl::StatusOr<std::string> RenderList(const std::vector<v1::Source>& sources,
                                       Format format);
absl::StatusOr<std::string> RenderList(const std::vector<v1::Release>& releases,
                                       Format format);
absl::StatusOr<std::string> RenderList(const std::vector<v1::Measure>& measures,
                                       Format format);
absl::StatusOr<std::string> RenderList(
    const std::vector<v1::Dimension>& dimensions, Format format);
absl::StatusOr<std::string> RenderList(const std::vector<v1::Member>& members,
                                       Format format);
absl::StatusOr<std::string> RenderList(const std::vector<v1::Panel>& panels,
                                       Format format);
absl::StatusOr<std::string> RenderList(const std::vector<v1::Adapter>& adapters,
                                       Format format);

// One resource, every field that it has. As a table, a line for each field,
// then a small table for each list; as CSV, `field` and `value` of everything,
// with paths such as `documents[0].sha256`.
absl::StatusOr<std::string> RenderOne(const google::protobuf::Message& resource,
                                      Format format);

// A source with the releases that are held of it, which only a table shows
// beyond their names.
absl::StatusOr<std::string> RenderSource(
    const v1::Source& source, const std::vector<v1::Release>& releases,
    Format format);

// A panel; a table says also that it equals no area.
absl::StatusOr<std::string> RenderPanel(const v1::Panel& panel, Format format);

// "ready", "refused", "in quarantine".
std::string AdapterStateWords(v1::AdapterState state);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_CATALOGUE_H_
