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

// One resource. As a table, a line for each field, and lists indented below
// their field. CSV is INVALID_ARGUMENT, because a resource is no table.
absl::StatusOr<std::string> RenderOne(const google::protobuf::Message& resource,
                                      Format format);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_CATALOGUE_H_
