package nudge

/** Keeps this device's keys: a Keystore cannot do ECDH itself before Android 12. */
class KeyVault(private val vault: Vault) {
  /**
   * The keys. New ones if there are none, or if they cannot be read, as on a phone
   * that was restored from another's backup: then a new registration must follow.
   * @throws Unreadable the phone's Keystore does not work
   */
  fun keys(): DeviceKeys =
    synchronized(lock) {
      vault.get(NAME)?.let(DeviceKeys::of)
        ?: DeviceKeys.generate().also { vault.put(NAME, it.toBytes()) }
    }

  private companion object {
    const val NAME = "keys"
    val lock = Any()
  }
}
