// What end-to-end tests share: the excerpt, queries in one line, and the
// daemon with a data directory of its own.

#ifndef COLLATE_TESTS_INTEGRATION_END_TO_END_H_
#define COLLATE_TESTS_INTEGRATION_END_TO_END_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "client/client.h"
#include "tests/testing/daemon.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::testing {

// 88A in 2017/18: 43 forces and British Transport Police, four quarters.
inline std::string Excerpt() {
  return SourcePath(
      "tests/data/police/prc-pfa-mar2013-onwards-tables201718-88A.csv");
}
// The whole file where the publishers' files are, else the excerpt.
inline std::string LargestFile() {
  const std::string path =
      SharedData("police/prc-pfa-mar2013-onwards-tables201718.csv");
  return std::filesystem::exists(path) ? path : Excerpt();
}

inline constexpr int64_t kForces = 4429;
inline constexpr int64_t kForcesAndBtp = 4444;
inline constexpr char kPanel[] = "england-wales-forces";
inline constexpr char kPanelAndBtp[] = "england-wales-forces-and-btp";
// The offence that published figures of online grooming are about.
inline constexpr char kUnion[] = "online_grooming_uk";

// Limits that let a query or ingestion be slow under a sanitizer and no more.
inline std::unique_ptr<client::Client> ConnectTo(const Daemon& daemon) {
  auto client = client::Client::Create({.server = daemon.address()});
  if (!client.ok()) ADD_FAILURE() << client.status();
  return client.ok() ? *std::move(client) : nullptr;
}

inline v1::StatisticsQuery Query(const std::string& offence,
                                 const std::vector<std::string>& periods,
                                 const std::string& panel) {
  v1::StatisticsQuery query;
  query.add_measures("offences");
  if (!offence.empty()) {
    v1::Filter* filter = query.add_filters();
    filter->set_dimension("offence");
    filter->add_members(offence);
  }
  for (const std::string& period : periods) query.add_periods(period);
  query.set_panel(panel);
  return query;
}

inline void Filter(v1::StatisticsQuery& query, const std::string& dimension,
                   const std::vector<std::string>& members) {
  v1::Filter* filter = query.add_filters();
  filter->set_dimension(dimension);
  for (const std::string& member : members) filter->add_members(member);
}

inline v1::StatisticsQuery By(v1::StatisticsQuery query,
                              const std::string& dimension) {
  query.add_group_by(dimension);
  return query;
}

inline client::Submission Document(const std::string& path,
                                   const std::string& source) {
  client::Submission submission;
  submission.release.set_source(source);
  submission.release.mutable_publish_time_unknown();
  submission.paths = {path};
  return submission;
}

inline client::Submission HomeOffice(const std::string& path) {
  return Document(path, "home-office-prc");
}

// The single number of a query, or an error.
inline absl::StatusOr<int64_t> Number(client::Client& client,
                                      const v1::StatisticsQuery& query) {
  const auto answer = client.Query(query, v1::VIEW_BASIC);
  if (!answer.ok()) return answer.status();
  if (answer->cells_size() != 1) {
    return absl::InternalError(absl::StrCat(answer->cells_size(), " cells"));
  }
  if (!answer->cells(0).has_reported()) {
    return absl::NotFoundError(v1::State_Name(answer->cells(0).state()));
  }
  return answer->cells(0).reported();
}

// Names in a folder, sorted.
inline std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Rows of a CSV without quoted fields, each by column name.
inline std::vector<std::map<std::string, std::string>> PlainCsv(
    const std::string& text) {
  std::vector<std::map<std::string, std::string>> rows;
  std::vector<std::string> names;
  for (const absl::string_view line :
       absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> fields = absl::StrSplit(line, ',');
    if (names.empty()) {
      names = fields;
      continue;
    }
    EXPECT_EQ(fields.size(), names.size()) << line;
    auto& row = rows.emplace_back();
    for (size_t i = 0; i < fields.size() && i < names.size(); ++i) {
      row[names[i]] = fields[i];
    }
  }
  return rows;
}

}  // namespace collate::testing

#endif  // COLLATE_TESTS_INTEGRATION_END_TO_END_H_
