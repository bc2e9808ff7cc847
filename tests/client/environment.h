// Environments of command lines that are none of this process's.

#ifndef COLLATE_TESTS_CLIENT_ENVIRONMENT_H_
#define COLLATE_TESTS_CLIENT_ENVIRONMENT_H_

#include <map>
#include <string>
#include <utility>

#include "client/cli/command_line.h"

namespace collate::client {

inline Environment EnvironmentOf(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
}

inline Environment ServerOnly(const std::string& server) {
  return EnvironmentOf({{"COLLATE_SERVER", server}});
}

}  // namespace collate::client

#endif  // COLLATE_TESTS_CLIENT_ENVIRONMENT_H_
