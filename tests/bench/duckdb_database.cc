#include "tests/bench/duckdb_database.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace collate::testing::bench {
namespace {

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "DuckDB: %s\n", why.c_str());
  std::exit(1);
}

// duckdb_result of duckdb.h: five members that are out of use, and one.
struct Result {
  void* members[6] = {};
};

// duckdb_type, as far as it is needed.
enum Type { kInt32 = 4, kUint8 = 6 };

// Its C interface, as far as it is needed.
struct Api {
  int (*open)(const char*, void**) = nullptr;
  int (*connect)(void*, void**) = nullptr;
  const char* (*library_version)() = nullptr;
  int (*query)(void*, const char*, Result*) = nullptr;
  void (*destroy_result)(Result*) = nullptr;
  const char* (*result_error)(Result*) = nullptr;
  uint64_t (*column_count)(Result*) = nullptr;
  uint64_t (*row_count)(Result*) = nullptr;
  bool (*value_is_null)(Result*, uint64_t, uint64_t) = nullptr;
  int64_t (*value_int64)(Result*, uint64_t, uint64_t) = nullptr;
  char* (*value_varchar)(Result*, uint64_t, uint64_t) = nullptr;
  void (*free)(void*) = nullptr;
  int (*prepare)(void*, const char*, void**) = nullptr;
  const char* (*prepare_error)(void*) = nullptr;
  void (*destroy_prepare)(void**) = nullptr;
  uint64_t (*nparams)(void*) = nullptr;
  int (*param_type)(void*, uint64_t) = nullptr;
  int (*bind_uint8)(void*, uint64_t, uint8_t) = nullptr;
  int (*bind_int32)(void*, uint64_t, int32_t) = nullptr;
  int (*bind_int64)(void*, uint64_t, int64_t) = nullptr;
  int (*execute_prepared)(void*, Result*) = nullptr;
  int (*appender_create)(void*, const char*, const char*, void**) = nullptr;
  const char* (*appender_error)(void*) = nullptr;
  int (*append_int64)(void*, int64_t) = nullptr;
  int (*append_null)(void*) = nullptr;
  int (*appender_end_row)(void*) = nullptr;
  int (*appender_destroy)(void**) = nullptr;

  explicit Api(const std::string& path) {
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) Fail(dlerror());
    const auto find = [library](const char* name, auto* function) {
      void* symbol = dlsym(library, name);
      if (symbol == nullptr) Fail(std::string("no ") + name);
      std::memcpy(function, &symbol, sizeof symbol);
    };
    find("duckdb_open", &open);
    find("duckdb_connect", &connect);
    find("duckdb_library_version", &library_version);
    find("duckdb_query", &query);
    find("duckdb_destroy_result", &destroy_result);
    find("duckdb_result_error", &result_error);
    find("duckdb_column_count", &column_count);
    find("duckdb_row_count", &row_count);
    find("duckdb_value_is_null", &value_is_null);
    find("duckdb_value_int64", &value_int64);
    find("duckdb_value_varchar", &value_varchar);
    find("duckdb_free", &free);
    find("duckdb_prepare", &prepare);
    find("duckdb_prepare_error", &prepare_error);
    find("duckdb_destroy_prepare", &destroy_prepare);
    find("duckdb_nparams", &nparams);
    find("duckdb_param_type", &param_type);
    find("duckdb_bind_uint8", &bind_uint8);
    find("duckdb_bind_int32", &bind_int32);
    find("duckdb_bind_int64", &bind_int64);
    find("duckdb_execute_prepared", &execute_prepared);
    find("duckdb_appender_create", &appender_create);
    find("duckdb_appender_error", &appender_error);
    find("duckdb_append_int64", &append_int64);
    find("duckdb_append_null", &append_null);
    find("duckdb_appender_end_row", &appender_end_row);
    find("duckdb_appender_destroy", &appender_destroy);
  }
};

class Prepared final : public Database::Statement {
 public:
  Prepared(const Api& api, void* connection, const std::string& sql)
      : api_(api) {
    if (api_.prepare(connection, sql.c_str(), &statement_) != 0) {
      Fail(api_.prepare_error(statement_));
    }
  }
  ~Prepared() override { api_.destroy_prepare(&statement_); }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  Answer Run(const std::vector<int64_t>& parameters) override {
    Result result = Execute(parameters);
    Answer answer(api_.row_count(&result));
    const uint64_t columns = api_.column_count(&result);
    for (uint64_t row = 0; row < answer.size(); ++row) {
      for (uint64_t column = 0; column < columns; ++column) {
        auto& number = answer[row].emplace_back();
        if (!api_.value_is_null(&result, column, row)) {
          number = api_.value_int64(&result, column, row);
        }
      }
    }
    api_.destroy_result(&result);
    return answer;
  }

  int64_t Count(const std::vector<int64_t>& parameters) override {
    Result result = Execute(parameters);
    const auto rows = static_cast<int64_t>(api_.row_count(&result));
    api_.destroy_result(&result);
    return rows;
  }

 private:
  Result Execute(const std::vector<int64_t>& parameters) {
    const uint64_t count = api_.nparams(statement_);
    for (uint64_t i = 0; i < count; ++i) {
      // Of another type than was planned for, it would be planned anew.
      switch (api_.param_type(statement_, i + 1)) {
        case kUint8:
          api_.bind_uint8(statement_, i + 1,
                          static_cast<uint8_t>(parameters[i]));
          break;
        case kInt32:
          api_.bind_int32(statement_, i + 1,
                          static_cast<int32_t>(parameters[i]));
          break;
        default:
          api_.bind_int64(statement_, i + 1, parameters[i]);
          break;
      }
    }
    Result result;
    if (api_.execute_prepared(statement_, &result) != 0) {
      Fail(api_.result_error(&result));
    }
    return result;
  }

  const Api& api_;
  void* statement_ = nullptr;
};

class LoadedDuckDb final : public DuckDb {
 public:
  LoadedDuckDb(const std::string& library, int threads) : api_(library) {
    if (api_.open(nullptr, &database_) != 0 ||
        api_.connect(database_, &connection_) != 0) {
      Fail("does not open");
    }
    Execute("SET threads = " + std::to_string(threads));
  }

  std::string name() const override {
    return std::string("DuckDB ") + api_.library_version();
  }

  void Execute(const std::string& sql) override {
    Result result = Query(sql);
    api_.destroy_result(&result);
  }

  std::unique_ptr<Statement> Prepare(const std::string& sql) override {
    return std::make_unique<Prepared>(api_, connection_, sql);
  }

  void Load(const std::string& table,
            const std::function<void(const Insert&)>& fill) override {
    void* appender = nullptr;
    if (api_.appender_create(connection_, nullptr, table.c_str(), &appender) !=
        0) {
      Fail(api_.appender_error(appender));
    }
    fill([&](const Numbers& row) {
      int failed = 0;
      for (const std::optional<int64_t>& number : row) {
        failed |= number.has_value() ? api_.append_int64(appender, *number)
                                     : api_.append_null(appender);
      }
      if ((failed | api_.appender_end_row(appender)) != 0) {
        Fail(api_.appender_error(appender));
      }
    });
    if (api_.appender_destroy(&appender) != 0) Fail("a load fails");
  }

  bool has_keys() const override { return false; }

  std::vector<std::vector<std::string>> Texts(const std::string& sql) override {
    Result result = Query(sql);
    std::vector<std::vector<std::string>> rows(api_.row_count(&result));
    const uint64_t columns = api_.column_count(&result);
    for (uint64_t row = 0; row < rows.size(); ++row) {
      for (uint64_t column = 0; column < columns; ++column) {
        char* value = api_.value_varchar(&result, column, row);
        rows[row].emplace_back(value == nullptr ? "" : value);
        api_.free(value);
      }
    }
    api_.destroy_result(&result);
    return rows;
  }

 private:
  Result Query(const std::string& sql) {
    Result result;
    if (api_.query(connection_, sql.c_str(), &result) != 0) {
      Fail(api_.result_error(&result));
    }
    return result;
  }

  const Api api_;
  // Left to the end of the process.
  void* database_ = nullptr;
  void* connection_ = nullptr;
};

}  // namespace

std::unique_ptr<DuckDb> OpenDuckDb(const std::string& library, int threads) {
  return std::make_unique<LoadedDuckDb>(library, threads);
}

}  // namespace collate::testing::bench
