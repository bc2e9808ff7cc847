// DuckDB as a library that is opened when the program runs, so that nothing of
// it is needed to build this.

#ifndef COLLATE_TESTS_BENCH_DUCKDB_DATABASE_H_
#define COLLATE_TESTS_BENCH_DUCKDB_DATABASE_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/bench/database.h"

namespace collate::testing::bench {

class DuckDb : public Database {
 public:
  // What a query answers, as text; "" where there is nothing.
  virtual std::vector<std::vector<std::string>> Texts(
      const std::string& sql) = 0;
};

// In memory, from `library` (libduckdb.so).
std::unique_ptr<DuckDb> OpenDuckDb(const std::string& library, int threads);

}  // namespace collate::testing::bench

#endif  // COLLATE_TESTS_BENCH_DUCKDB_DATABASE_H_
