package nudge

import android.security.keystore.KeyGenParameterSpec
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyStore
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import javax.crypto.spec.SecretKeySpec

/** Robolectric has no Keystore: this one is as good as what is called, in memory. */
class FakeKeystore : KeyStoreSpi() {
  override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit

  override fun engineSetEntry(alias: String, entry: KeyStore.Entry, how: KeyStore.ProtectionParameter?) {
    protection[alias] = checkNotNull(how)
    keys[alias] = (entry as KeyStore.SecretKeyEntry).secretKey
  }

  override fun engineGetEntry(alias: String, how: KeyStore.ProtectionParameter?): KeyStore.Entry? =
    (keys[alias] as SecretKey?)?.let(KeyStore::SecretKeyEntry)

  override fun engineGetKey(alias: String, password: CharArray?): Key? = keys[alias]

  override fun engineDeleteEntry(alias: String) {
    keys.remove(alias)
  }

  override fun engineContainsAlias(alias: String) = alias in keys

  override fun engineAliases() = Collections.enumeration(keys.keys)

  override fun engineSize() = keys.size

  override fun engineIsKeyEntry(alias: String) = alias in keys

  override fun engineIsCertificateEntry(alias: String) = false

  override fun engineGetCertificate(alias: String): Certificate? = null

  override fun engineGetCertificateChain(alias: String): Array<Certificate>? = null

  override fun engineGetCertificateAlias(certificate: Certificate): String? = null

  override fun engineGetCreationDate(alias: String): Date? = null

  override fun engineSetKeyEntry(a: String, k: Key, p: CharArray?, c: Array<Certificate>?) = error(a)

  override fun engineSetKeyEntry(a: String, k: ByteArray, c: Array<Certificate>?) = error(a)

  override fun engineSetCertificateEntry(alias: String, certificate: Certificate) = error(alias)

  override fun engineStore(stream: OutputStream?, password: CharArray?) = Unit

  /** A key that it makes stays in it, under the name that the spec gives. */
  class Generator : KeyGeneratorSpi() {
    private var spec: KeyGenParameterSpec? = null

    override fun engineInit(random: SecureRandom) = error("no spec")

    override fun engineInit(bits: Int, random: SecureRandom) = error("no spec")

    override fun engineInit(given: AlgorithmParameterSpec, random: SecureRandom?) {
      spec = given as KeyGenParameterSpec
    }

    override fun engineGenerateKey(): SecretKey {
      val key = SecretKeySpec(ByteArray(32).also(SecureRandom()::nextBytes), "AES")
      keys[checkNotNull(spec).keystoreAlias] = key
      return key
    }
  }

  private class Maker : Provider(NAME, "1", "a Keystore in memory") {
    init {
      put("KeyStore.AndroidKeyStore", FakeKeystore::class.java.name)
      put("KeyGenerator.AES", Generator::class.java.name)
    }
  }

  companion object {
    private const val NAME = "AndroidKeyStore"
    val keys = mutableMapOf<String, Key>()
    val protection = mutableMapOf<String, KeyStore.ProtectionParameter>()

    fun install() {
      keys.clear()
      Security.addProvider(Maker())
    }

    fun remove() = Security.removeProvider(NAME)
  }
}
