// An SQL database in this process, as far as measurements need one. Errors end
// the program: what is measured beside a failure would be worth nothing.

#ifndef COLLATE_TESTS_BENCH_DATABASE_H_
#define COLLATE_TESTS_BENCH_DATABASE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace collate::testing::bench {

// Rows of numbers, absent where there is none.
using Numbers = std::vector<std::optional<int64_t>>;
using Answer = std::vector<Numbers>;

class Database {
 public:
  class Statement {
   public:
    virtual ~Statement() = default;
    // With one parameter for each of $1, $2, ...
    virtual Answer Run(const std::vector<int64_t>& parameters) = 0;
    // The same, and keeps nothing of it; the number of rows.
    virtual int64_t Count(const std::vector<int64_t>& parameters) = 0;
  };
  using Insert = std::function<void(const Numbers&)>;

  virtual ~Database() = default;
  virtual std::string name() const = 0;
  virtual void Execute(const std::string& sql) = 0;
  virtual std::unique_ptr<Statement> Prepare(const std::string& sql) = 0;
  // `fill` is called once and inserts rows into an existing table.
  virtual void Load(const std::string& table,
                    const std::function<void(const Insert&)>& fill) = 0;
  // Whether it finds rows by keys and indexes, or scans what is sorted.
  virtual bool has_keys() const = 0;
};

// In memory.
std::unique_ptr<Database> OpenSqlite();

}  // namespace collate::testing::bench

#endif  // COLLATE_TESTS_BENCH_DATABASE_H_
