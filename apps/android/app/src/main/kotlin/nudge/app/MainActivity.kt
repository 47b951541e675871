package nudge.app

import android.app.Activity
import android.app.AlertDialog
import android.content.Intent
import android.net.Uri
import android.os.Bundle
import android.text.InputType
import android.util.Log
import android.view.Menu
import android.view.MenuItem
import android.webkit.WebSettings
import android.webkit.WebStorage
import android.webkit.WebView
import android.widget.EditText
import nudge.Nudge
import nudge.Pairing
import nudge.Unreadable
import org.unifiedpush.android.connector.INSTANCE_DEFAULT
import org.unifiedpush.android.connector.UnifiedPush

/** The page, and pairing. */
class MainActivity : Activity() {
  private lateinit var web: WebView
  private val host get() = (application as App).host

  override fun onCreate(state: Bundle?) {
    super.onCreate(state)
    web = WebView(this)
    web.webViewClient = Page(assets::open)
    web.settings.apply {
      javaScriptEnabled = true
      domStorageEnabled = true
      // A broker at home has ws://, and the page wants nothing else of the network.
      mixedContentMode = WebSettings.MIXED_CONTENT_ALWAYS_ALLOW
    }
    setContentView(web)
    web.loadUrl(Page.ADDRESS)
    Nudge.opened(this, intent)
    val text = textOf(intent)
    when {
      text != null -> offer(text)
      host.pairing == null -> askText()
      else -> subscribe()
    }
  }

  override fun onNewIntent(intent: Intent) {
    super.onNewIntent(intent)
    Nudge.opened(this, intent)
    textOf(intent)?.let(::offer)
  }

  override fun onCreateOptionsMenu(menu: Menu): Boolean {
    menu.add(Menu.NONE, PAIR, Menu.NONE, "Pair")
    menu.add(Menu.NONE, SIGN_OUT, Menu.NONE, "Sign out")
    return true
  }

  override fun onOptionsItemSelected(item: MenuItem): Boolean {
    when (item.itemId) {
      PAIR -> askText()
      SIGN_OUT -> signOut()
      else -> return super.onOptionsItemSelected(item)
    }
    return true
  }

  /** What a camera opened, or another app shared. */
  private fun textOf(intent: Intent): String? =
    when (intent.action) {
      Intent.ACTION_VIEW -> intent.dataString
      Intent.ACTION_SEND -> intent.getStringExtra(Intent.EXTRA_TEXT)
      else -> null
    }

  private fun askText() {
    val entry = EditText(this).apply { hint = "nudge:pair?…" }
    AlertDialog.Builder(this)
      .setTitle("Pair")
      .setMessage("Scan with the phone's camera what nudge pair shows, or paste its text here.")
      .setView(entry)
      .setPositiveButton("Continue") { _, _ -> offer(entry.text.toString()) }
      .setNegativeButton("Cancel", null)
      .show()
  }

  /** A text may come from anybody: nothing is taken before a yes. */
  private fun offer(text: String) {
    val pairing = try {
      Pairing.of(text)
    } catch (failure: Unreadable) {
      return complain(failure)
    }
    val before = host.pairing?.let { "This phone is ${nameOf(it)} now, and would leave. " }.orEmpty()
    val password = EditText(this).apply {
      hint = "Password of ${pairing.username}"
      inputType = InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_VARIATION_PASSWORD
    }
    val needsPassword = pairing.username != null && pairing.password == null
    AlertDialog.Builder(this)
      .setTitle("Pair with this broker?")
      .setMessage("${before}Be ${nameOf(pairing)}?")
      .apply { if (needsPassword) setView(password) }
      .setPositiveButton("Pair") { _, _ ->
        val known = if (needsPassword) password.text.toString() else pairing.password
        pair(pairing, known, text)
      }
      .setNegativeButton("Cancel", null)
      .show()
  }

  private fun nameOf(pairing: Pairing) = "${pairing.user} at ${pairing.broker ?: pairing.ws}"

  private fun pair(pairing: Pairing, password: String?, text: String) {
    try {
      if (host.pairing != null) Nudge.signOut()
      Nudge.pair(pairing)
    } catch (failure: Unreadable) {
      return complain(failure)
    }
    take(Pairing.of(pairing.textToKeep(password)))
    // The page keeps the key so that no script reads it again.
    web.loadUrl("${Page.ADDRESS}#pair?${text.substringAfter("pair?").trim()}")
    Nudge.askPermission(this, PERMISSION)
    subscribe()
  }

  private fun signOut() {
    try {
      Nudge.signOut()
    } catch (failure: Unreadable) {
      return complain(failure)
    }
    UnifiedPush.unregister(this)
    take(null)
    WebStorage.getInstance().deleteAllData()
    web.loadUrl(Page.ADDRESS)
    web.reload()
    askText()
  }

  /** After what is still to be said as the one before. */
  private fun take(pairing: Pairing?) = Nudge.worker.execute {
    try {
      host.take(pairing)
    } catch (failure: Unreadable) {
      runOnUiThread { complain(failure) }
    }
  }

  /** At each start: an endpoint may be another since. */
  private fun subscribe() = Nudge.worker.execute {
    val key = host.vapidKey()
    if (key == null) Log.w("nudge", "no Web Push at this bridge, or no way to it")
    else runOnUiThread { subscribe(key) }
  }

  private fun subscribe(key: String) =
    UnifiedPush.tryUseCurrentOrDefaultDistributor(this) { isThere ->
      if (isThere) UnifiedPush.register(this, INSTANCE_DEFAULT, null, key) else suggest()
    }

  private fun suggest() {
    AlertDialog.Builder(this)
      .setMessage("Pushes need an app that receives them, as ntfy is. Install one, then open nudge again.")
      .setPositiveButton("Show some") { _, _ ->
        web.context.startActivity(Intent(Intent.ACTION_VIEW, Uri.parse("https://unifiedpush.org/users/distributors/")))
      }
      .setNegativeButton("Later", null)
      .show()
  }

  private fun complain(failure: Unreadable) {
    AlertDialog.Builder(this).setMessage(failure.message).setPositiveButton("OK", null).show()
  }

  private companion object {
    const val PAIR = 1
    const val SIGN_OUT = 2
    const val PERMISSION = 1
  }
}
