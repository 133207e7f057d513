// The routines of one type are found by their names: a letter for the type before LAPACK's own name.
#include "library/cpu/lapack.h"

#include <memory>
#include <string>

#include "library/cpu/open_library.h"
#include "library/cpu/openblas.h"

namespace cermet::library::cpu {

template <class T>
const Lapack<T>& lapack() {
  static const Lapack<T>* const instance = [] {
    auto table = std::make_unique<Lapack<T>>();
    void* const library = openblas();
    const std::string letter = is_complex_type<T> ? "c" : sizeof(T) == 8 ? "d" : "s";
    const auto find = [&](const char* name, auto& function) {
      find_function(library, (letter + name + "_").c_str(), function);
    };
    find("geqrf", table->geqrf);
    find(is_complex_type<T> ? "ungqr" : "orgqr", table->orgqr);
    find("gesdd", table->gesdd);
    find("potrf", table->potrf);
    find("potri", table->potri);
    find("getrf", table->getrf);
    find("getrs", table->getrs);
    find("getri", table->getri);
    find("trtri", table->trtri);
    find("trtrs", table->trtrs);
    find(is_complex_type<T> ? "heevd" : "syevd", table->syevd);
    find("geev", table->geev);
    return table.release();
  }();
  return *instance;
}

template const Lapack<float>& lapack();
template const Lapack<double>& lapack();
template const Lapack<std::complex<float>>& lapack();

}  // namespace cermet::library::cpu
