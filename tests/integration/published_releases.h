// The files of tests/data/foi/published as releases of a daemon.

#ifndef COLLATE_TESTS_INTEGRATION_PUBLISHED_RELEASES_H_
#define COLLATE_TESTS_INTEGRATION_PUBLISHED_RELEASES_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "tests/testing/daemon.h"
#include "tests/testing/paths.h"

namespace collate::testing {

inline std::string Published(const std::string& file) {
  return SourcePath("tests/data/foi/published/" + file);
}

// Four releases, each of a source of its own.
inline void IngestPublishedFigures(const Daemon& daemon) {
  const std::tuple<std::vector<std::string>, const char*, const char*>
      releases[] = {
          {{"national.csv", "platform_share.csv", "force_year.csv"},
           "nspcc-foi",
           "published_figures"},
          {{"on_the_wight.csv"}, "onthewight", "onthewight_south_east"},
          {{"northamptonshire.csv"},
           "northamptonshire-foi",
           "s15a_answer_q1_q2"},
          {{"dyfed_powys.csv"}, "dyfed-powys-foi", "s15a_answer_q1"}};
  for (const auto& [files, source, recipe] : releases) {
    std::vector<std::string> words = {"ingest"};
    for (const std::string& file : files) words.push_back(Published(file));
    words.insert(words.end(), {"--source", source, "--published", "unknown",
                               "--recipe", recipe, "--strict"});
    const CliResult run = daemon.RunCli(words);
    ASSERT_EQ(run.exit_code, 0) << run.out << run.err;
  }
}

}  // namespace collate::testing

#endif  // COLLATE_TESTS_INTEGRATION_PUBLISHED_RELEASES_H_
