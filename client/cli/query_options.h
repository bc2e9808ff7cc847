// What `query` and `explain` take, as typed and as a question.

#ifndef COLLATE_CLIENT_CLI_QUERY_OPTIONS_H_
#define COLLATE_CLIENT_CLI_QUERY_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collate/v1/statistics.pb.h"

namespace CLI {
class App;
}  // namespace CLI

namespace collate::client {

struct QueryWords {
  std::string measures;
  std::vector<std::string> where;
  std::vector<std::string> by;
  std::vector<std::string> periods;
  std::string range;
  std::string panel;
  std::string universe;
  std::vector<std::string> prefer;
  std::string as_of;
  std::string loaded_by;
  std::vector<std::string> releases;
  std::string rate;
  int64_t per = 0;
  std::vector<std::string> numerator_only;
  std::string change_on;
  std::string match;
  bool unequal_periods = false;
  bool overlapping_periods = false;
  std::string share_of;
  std::string share_base;
  std::string missing;
  std::string on_conflict;
  std::vector<std::string> exclude;
  // One for all exclusions, or one for each of them.
  std::vector<std::string> exclude_dates;
  std::vector<std::string> exclude_by;
  bool allow_partial = false;
};

// `words` must outlive the parsing of the line.
void AddQueryOptions(CLI::App& app, QueryWords& words, bool measure_required);

// INVALID_ARGUMENT (reason USAGE) says what was expected.
absl::StatusOr<v1::StatisticsQuery> MakeQuery(const QueryWords& words,
                                              bool periods_required);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_QUERY_OPTIONS_H_
