# SPDX-License-Identifier: GPL-3.0-or-later
# A template: fill in HOMEPAGE, URL and SHA256 of the release's source archive.
class Rezone < Formula
  desc "Keeps DNS in git: plans, applies, verifies and rolls back zones"
  homepage "HOMEPAGE"
  url "URL"
  sha256 "SHA256"
  license "GPL-3.0-or-later"

  depends_on "cmake" => :build
  depends_on "ninja" => :build
  depends_on "pkgconf" => :build
  depends_on "curl"
  depends_on "jansson"
  depends_on "knot"
  depends_on "libgit2"
  depends_on "libidn2"
  depends_on "libmicrohttpd"
  depends_on "libpq"
  depends_on "libpsl"
  depends_on "libyaml"
  depends_on "openssl@3"
  depends_on "sqlite"
  depends_on "xxhash"

  def install
    system "cmake", "--preset", "release", "-B", "build", *std_cmake_args
    system "cmake", "--build", "build"
    system "cmake", "--install", "build"
  end

  test do
    system bin/"rezone", "init"
    system bin/"rezone", "apply", "--yes"
    assert_match "nothing to do", shell_output("#{bin}/rezone plan")
  end
end
