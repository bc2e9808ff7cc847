# Installs the client into an empty folder and has the installed program find
# what it is shipped with.
#
#   cmake -D BINARY_DIR=... -D SOURCE_DIR=... -D PREFIX=... -P install_test.cmake

function(expect_same installed shipped)
  file(SHA256 ${PREFIX}/${installed} have)
  file(SHA256 ${SOURCE_DIR}/${shipped} want)
  if(NOT have STREQUAL want)
    message(FATAL_ERROR "${installed} is not ${shipped}")
  endif()
endfunction()

file(REMOVE_RECURSE ${PREFIX})
execute_process(
  COMMAND ${CMAKE_COMMAND} --install ${BINARY_DIR} --prefix ${PREFIX}
          --component client
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
expect_same(share/collate/claims/nspcc-2024.claims.textproto
            client/claims/nspcc-2024.claims.textproto)
expect_same(share/collate/sdmx/structures.sdmx.json
            client/export/data/structures.sdmx.json)

expect_same(share/collate/service_config.json client/service_config.json)
foreach(written
    man/man1/collate.1
    man/man1/collate-query.1
    bash-completion/completions/collate
    zsh/vendor-completions/_collate
    fish/vendor_completions.d/collate.fish)
  file(SIZE ${PREFIX}/share/${written} bytes)
  if(bytes LESS 200)
    message(FATAL_ERROR "${written} has ${bytes} bytes")
  endif()
endforeach()

# A name that is not shipped is answered with those that are.
execute_process(
  COMMAND ${PREFIX}/bin/collate claim check no-such-claims
  RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE said)
if(NOT status EQUAL 1 OR NOT said MATCHES "there are nspcc-2024, nspcc-2025")
  message(FATAL_ERROR "exit status ${status}: ${said}")
endif()

# One that is shipped is found: what fails is that nobody serves.
execute_process(
  COMMAND ${PREFIX}/bin/collate --server unix:${PREFIX}/nobody
          claim check nspcc-2024
  RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE said)
if(NOT status EQUAL 1 OR NOT said MATCHES "no service answers")
  message(FATAL_ERROR "exit status ${status}: ${said}")
endif()
file(REMOVE_RECURSE ${PREFIX})
