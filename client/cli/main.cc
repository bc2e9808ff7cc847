// collate: the command line of the statistics service.
//
//   collate --help
//   COLLATE_SERVER=127.0.0.1:7443 collate sources

#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "client/cli/command_line.h"
#include "client/cli/run.h"
#include "client/client.h"

int main(int argc, char** argv) {
  using namespace collate::client;  // NOLINT(google-build-using-namespace)

  const Environment environment = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  const auto parsed = ParseCommandLine(
      std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc),
      environment);
  if (const auto* stop = std::get_if<Stop>(&parsed)) {
    std::cout << stop->out << std::flush;
    std::cerr << stop->err;
    return stop->exit_code;
  }
  const CommandLine& line = std::get<CommandLine>(parsed);
  const auto client = Client::Create(line.client);
  if (!client.ok()) {
    return RunWithoutClient(line, client.status(), std::cout, std::cerr);
  }
  // As the C library decides what the terminal's characters are.
  std::string encoding;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (encoding.empty()) encoding = environment(name);
  }
  for (char& c : encoding) {
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  const bool boxes = isatty(STDOUT_FILENO) == 1 &&
                     (encoding.find("UTF-8") != std::string::npos ||
                      encoding.find("UTF8") != std::string::npos);
  const bool colour =
      line.color == Color::kAlways ||
      (line.color == Color::kAuto && isatty(STDOUT_FILENO) == 1 &&
       environment("NO_COLOR").empty());
  return Run(line, **client, std::cout, std::cerr, isatty(STDERR_FILENO) == 1,
             colour, boxes);
}
