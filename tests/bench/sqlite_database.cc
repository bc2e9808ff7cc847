#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "tests/bench/database.h"

namespace collate::testing::bench {
namespace {

class Sqlite final : public Database {
 public:
  Sqlite() { Check(sqlite3_open(":memory:", &database_)); }
  ~Sqlite() override { sqlite3_close(database_); }
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  std::string name() const override {
    return std::string("SQLite ") + sqlite3_libversion();
  }

  void Execute(const std::string& sql) override {
    Check(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr));
  }

  std::unique_ptr<Statement> Prepare(const std::string& sql) override {
    return std::make_unique<Prepared>(*this, sql);
  }

  void Load(const std::string& table,
            const std::function<void(const Insert&)>& fill) override {
    Execute("BEGIN");
    sqlite3_stmt* insert = nullptr;
    fill([&](const Numbers& row) {
      if (insert == nullptr) {
        std::string sql = "INSERT INTO " + table + " VALUES (?";
        for (size_t i = 1; i < row.size(); ++i) sql += ", ?";
        insert = PrepareOne(sql + ")");
      }
      for (size_t i = 0; i < row.size(); ++i) {
        const int at = static_cast<int>(i) + 1;
        Check(row[i].has_value() ? sqlite3_bind_int64(insert, at, *row[i])
                                 : sqlite3_bind_null(insert, at));
      }
      Check(sqlite3_step(insert));
      Check(sqlite3_reset(insert));
    });
    sqlite3_finalize(insert);
    Execute("COMMIT");
  }

  bool has_keys() const override { return true; }

 private:
  class Prepared final : public Statement {
   public:
    Prepared(Sqlite& owner, const std::string& sql)
        : owner_(owner), statement_(owner.PrepareOne(sql)) {}
    ~Prepared() override { sqlite3_finalize(statement_); }
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;

    Answer Run(const std::vector<int64_t>& parameters) override {
      Answer answer;
      const int columns = sqlite3_column_count(statement_);
      Step(parameters, [&] {
        Numbers& row = answer.emplace_back();
        for (int i = 0; i < columns; ++i) {
          if (sqlite3_column_type(statement_, i) == SQLITE_NULL) {
            row.emplace_back();
          } else {
            row.emplace_back(sqlite3_column_int64(statement_, i));
          }
        }
      });
      return answer;
    }

    int64_t Count(const std::vector<int64_t>& parameters) override {
      int64_t rows = 0;
      Step(parameters, [&rows] { ++rows; });
      return rows;
    }

   private:
    template <typename TakeFn>
    void Step(const std::vector<int64_t>& parameters, TakeFn take) {
      for (size_t i = 0; i < parameters.size(); ++i) {
        // Numbers of parameters are names here.
        const std::string name = "$" + std::to_string(i + 1);
        const int at = sqlite3_bind_parameter_index(statement_, name.c_str());
        if (at != 0) {
          owner_.Check(sqlite3_bind_int64(statement_, at, parameters[i]));
        }
      }
      int code = sqlite3_step(statement_);
      for (; code == SQLITE_ROW; code = sqlite3_step(statement_)) take();
      owner_.Check(code);
      owner_.Check(sqlite3_reset(statement_));
    }

    Sqlite& owner_;
    sqlite3_stmt* const statement_;
  };

  sqlite3_stmt* PrepareOne(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    Check(sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr));
    return statement;
  }

  void Check(int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE) return;
    std::fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(database_));
    std::exit(1);
  }

  sqlite3* database_ = nullptr;
};

}  // namespace

std::unique_ptr<Database> OpenSqlite() { return std::make_unique<Sqlite>(); }

}  // namespace collate::testing::bench
